// The engine's clock, which tests replace; and a clock that never jumps.

export interface Clock {
  /** Milliseconds since 1970, UTC. It jumps when the machine's time is set: for moments, never for durations. */
  now(): number;
  /** Milliseconds since an arbitrary moment. It never jumps: for durations and pauses. */
  monotonic(): number;
  /** Calls back after that many milliseconds; returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** One moment on both clocks: pauses are measured on the one that never jumps, reset times are told by the other. */
export interface Moment {
  monotonic: number;
  /** Milliseconds since 1970. */
  wall: number;
}

export function momentOf(clock: Pick<Clock, "now" | "monotonic">): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

export const systemClock: Clock = {
  now: Date.now,
  monotonic: monotonicMs,
  after(milliseconds, callback) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      timer =
        left <= LONGEST_TIMER
          ? setTimeout(callback, left)
          : setTimeout(() => wait(left - LONGEST_TIMER), LONGEST_TIMER);
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
};

/** In milliseconds, 24.8 days: Node fires a longer timer at once. */
const LONGEST_TIMER = 0x7fffffff;

/** Milliseconds since an arbitrary moment. Not `performance.now()`: its first use costs a start 3 ms of CPU. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
