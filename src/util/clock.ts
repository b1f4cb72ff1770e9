// Time, as the engine sees it; tests bring their own.

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Calls back after so many milliseconds; returns how to cancel. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
