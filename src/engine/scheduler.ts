// Who starts next: file order, a cap for the run and one per lane, pauses for throttled and parked lanes. Each backend
// is a lane. Knows no clock and starts nothing itself.

/** Something that waits for its turn. */
export interface Entry {
  /** Position in the file. */
  index: number;
  lane: string;
}

interface Delayed<T> {
  entry: T;
  not_before: number;
}

interface Lane<T> {
  /** Configured; `Infinity` if not. */
  cap: number;
  /** What the lane allows itself now; a fraction while it recovers. */
  limit: number;
  running: number;
  /** Milliseconds since 1970; 0 = not parked. */
  parked_until: number;
  /** In file order; taken from the front. */
  queue: T[];
  head: number;
  delayed: Delayed<T>[];
}

export interface SchedulerOptions {
  max_parallel: number;
  /** Caps per lane; a lane that is not named has none of its own. */
  lane_caps?: Readonly<Record<string, number>>;
}

export class Scheduler<T extends Entry> {
  readonly #options: SchedulerOptions;
  readonly #lanes = new Map<string, Lane<T>>();
  #running = 0;

  constructor(entries: readonly T[], options: SchedulerOptions) {
    this.#options = options;
    for (const entry of entries) this.#lane(entry.lane).queue.push(entry);
  }

  get running(): number {
    return this.#running;
  }

  /** The next entry to start now, or `undefined` if none may start. Whoever takes it calls `end` later. */
  start(now: number): T | undefined {
    if (this.#running >= this.#options.max_parallel) return undefined;
    let best: { lane: Lane<T>; entry: T; delayed?: Delayed<T> } | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.running >= Math.floor(lane.limit) || lane.parked_until > now) continue;
      const queued = lane.queue[lane.head];
      if (queued && (!best || queued.index < best.entry.index)) best = { lane, entry: queued };
      for (const delayed of lane.delayed)
        if (delayed.not_before <= now && (!best || delayed.entry.index < best.entry.index))
          best = { lane, entry: delayed.entry, delayed };
    }
    if (!best) return undefined;
    if (best.delayed) best.lane.delayed.splice(best.lane.delayed.indexOf(best.delayed), 1);
    else best.lane.head += 1;
    best.lane.running += 1;
    this.#running += 1;
    return best.entry;
  }

  /** A started entry has ended; its slot is free. */
  end(entry: T): void {
    this.#lane(entry.lane).running -= 1;
    this.#running -= 1;
  }

  /** Puts an entry back, not to start before `not_before`; its lane may have changed. */
  requeue(entry: T, not_before: number): void {
    this.#lane(entry.lane).delayed.push({ entry, not_before });
  }

  /** Starts nothing of this lane before then, and one at a time at first. */
  park(lane: string, until: number): void {
    const parked = this.#lane(lane);
    parked.parked_until = Math.max(parked.parked_until, until);
    parked.limit = 1;
  }

  /** Multiplicative decrease, after an entry was throttled and has ended. Returns the new limit, `undefined` if it is no lower. */
  throttled(name: string): number | undefined {
    const lane = this.#lane(name);
    const now = Math.min(Math.floor(lane.limit), lane.running + 1);
    const lower = Math.max(1, Math.floor(now / 2));
    const changed = lower < Math.floor(lane.limit);
    lane.limit = lower;
    return changed ? lower : undefined;
  }

  /** Additive increase: about one more per round of successes. Returns the new limit if it is a whole one more. */
  succeeded(name: string): number | undefined {
    const lane = this.#lane(name);
    const before = Math.floor(lane.limit);
    if (lane.limit < lane.cap) lane.limit = Math.min(lane.cap, lane.limit + 1 / before);
    return Math.floor(lane.limit) > before ? Math.floor(lane.limit) : undefined;
  }

  /** Whether `start` has something to start now. */
  isReady(now: number): boolean {
    const wake = this.wakeAt(now);
    return wake !== undefined && wake <= now;
  }

  /** When something that can't start now may: `undefined` = never without an `end`. */
  wakeAt(now: number): number | undefined {
    if (this.#running >= this.#options.max_parallel) return undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      if (lane.running >= Math.floor(lane.limit)) continue;
      if (lane.head < lane.queue.length) earliest = Math.min(earliest, lane.parked_until);
      for (const delayed of lane.delayed)
        earliest = Math.min(earliest, Math.max(lane.parked_until, delayed.not_before));
    }
    return Number.isFinite(earliest) ? Math.max(earliest, now) : undefined;
  }

  /** Whether something waits, and all of it in lanes that are parked. */
  onlyParkedLeft(now: number): boolean {
    const waiting = [...this.#lanes.values()].filter(
      (lane) => lane.head < lane.queue.length || lane.delayed.length > 0,
    );
    return waiting.length > 0 && waiting.every((lane) => lane.parked_until > now);
  }

  /** Takes out what waits in one lane. */
  takeLane(name: string): T[] {
    return this.#take((lane) => lane === this.#lane(name));
  }

  /** Takes out everything that waits, in file order. */
  takeAll(): T[] {
    return this.#take(() => true);
  }

  #take(which: (lane: Lane<T>) => boolean): T[] {
    const taken: T[] = [];
    for (const lane of this.#lanes.values()) {
      if (!which(lane)) continue;
      taken.push(...lane.queue.slice(lane.head), ...lane.delayed.map((delayed) => delayed.entry));
      lane.head = lane.queue.length;
      lane.delayed = [];
    }
    return taken.sort((a, b) => a.index - b.index);
  }

  #lane(name: string): Lane<T> {
    const known = this.#lanes.get(name);
    if (known) return known;
    // No lane can ever use more than the run has, so that is where a lane without a cap of its own ends.
    const cap = Math.min(this.#options.lane_caps?.[name] ?? Number.POSITIVE_INFINITY, this.#options.max_parallel);
    const lane = { cap, limit: cap, running: 0, parked_until: 0, queue: [], head: 0, delayed: [] };
    this.#lanes.set(name, lane);
    return lane;
  }
}
