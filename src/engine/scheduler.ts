// Decides which task starts next: a queue for each backend, file order among them, a cap for the run and one per backend,
// pauses for throttled and parked backends. Has no clock and starts nothing itself.
import type { BackendName } from "../schema/backend-name.js";

/** Something that waits to be started. */
export interface Entry {
  /** Position in the file. */
  readonly index: number;
  readonly backend: BackendName;
}

interface Delayed<T> {
  entry: T;
  not_before: number;
}

interface BackendQueue<T> {
  /** How many entries may ever run at once. */
  cap: number;
  /** How many may run at once now; a fraction while the backend recovers from being throttled. */
  limit: number;
  running: number;
  /** Milliseconds since 1970; 0 = not parked. */
  parked_until: number;
  /** In file order; taken from the front. */
  entries: T[];
  head: number;
  delayed: Delayed<T>[];
}

export interface SchedulerOptions {
  max_parallel: number;
  /** Caps per backend; a backend that is missing has no cap of its own. */
  lane_caps?: Readonly<Record<BackendName, number>>;
}

export class Scheduler<T extends Entry> {
  readonly #options: SchedulerOptions;
  readonly #queues = new Map<BackendName, BackendQueue<T>>();
  #running = 0;

  constructor(entries: readonly T[], options: SchedulerOptions) {
    this.#options = options;
    for (const entry of entries) this.#queueOf(entry.backend).entries.push(entry);
  }

  get running(): number {
    return this.#running;
  }

  /** The next entry to start now, or `undefined` if none may start. Call `end` when it has ended. */
  start(now: number): T | undefined {
    if (this.#running >= this.#options.max_parallel) return undefined;
    let best: { from: BackendQueue<T>; entry: T; delayed?: Delayed<T> } | undefined;
    for (const queue of this.#queues.values()) {
      if (queue.running >= Math.floor(queue.limit) || queue.parked_until > now) continue;
      const queued = queue.entries[queue.head];
      if (queued && (!best || queued.index < best.entry.index)) best = { from: queue, entry: queued };
      for (const delayed of queue.delayed)
        if (delayed.not_before <= now && (!best || delayed.entry.index < best.entry.index))
          best = { from: queue, entry: delayed.entry, delayed };
    }
    if (!best) return undefined;
    if (best.delayed) best.from.delayed.splice(best.from.delayed.indexOf(best.delayed), 1);
    else best.from.head += 1;
    best.from.running += 1;
    this.#running += 1;
    return best.entry;
  }

  /** A started entry has ended; its slot is free. */
  end(entry: T): void {
    this.#queueOf(entry.backend).running -= 1;
    this.#running -= 1;
  }

  /** Puts an entry back, not to start before `not_before`; its backend may have changed. */
  requeue(entry: T, not_before: number): void {
    this.#queueOf(entry.backend).delayed.push({ entry, not_before });
  }

  /** Starts nothing at this backend before `until`, and then one entry at a time at first. */
  park(backend: BackendName, until: number): void {
    const queue = this.#queueOf(backend);
    queue.parked_until = Math.max(queue.parked_until, until);
    queue.limit = 1;
  }

  /** Lowers the limit (multiplicative decrease) after a throttled entry has ended. Returns the new limit, `undefined` if it is no lower. */
  throttled(backend: BackendName): number | undefined {
    const queue = this.#queueOf(backend);
    const now = Math.min(Math.floor(queue.limit), queue.running + 1);
    const lower = Math.max(1, Math.floor(now / 2));
    const changed = lower < Math.floor(queue.limit);
    queue.limit = lower;
    return changed ? lower : undefined;
  }

  /** Raises the limit (additive increase) by about one per round of successes. Returns the new limit if it is a whole one more. */
  succeeded(backend: BackendName): number | undefined {
    const queue = this.#queueOf(backend);
    const before = Math.floor(queue.limit);
    if (queue.limit < queue.cap) queue.limit = Math.min(queue.cap, queue.limit + 1 / before);
    return Math.floor(queue.limit) > before ? Math.floor(queue.limit) : undefined;
  }

  /** The time at which a waiting entry may start; `undefined` = not before an `end`. */
  wakeAt(now: number): number | undefined {
    if (this.#running >= this.#options.max_parallel) return undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      if (queue.running >= Math.floor(queue.limit)) continue;
      if (queue.head < queue.entries.length) earliest = Math.min(earliest, queue.parked_until);
      for (const delayed of queue.delayed)
        earliest = Math.min(earliest, Math.max(queue.parked_until, delayed.not_before));
    }
    return Number.isFinite(earliest) ? Math.max(earliest, now) : undefined;
  }

  /** Whether entries wait, and all of them at parked backends. */
  onlyParkedLeft(now: number): boolean {
    const waiting = [...this.#queues.values()].filter(
      (queue) => queue.head < queue.entries.length || queue.delayed.length > 0,
    );
    return waiting.length > 0 && waiting.every((queue) => queue.parked_until > now);
  }

  /** Takes out the entries that wait for one backend. */
  takeBackend(backend: BackendName): T[] {
    return this.#take((queue) => queue === this.#queueOf(backend));
  }

  /** Takes out all waiting entries, in file order. */
  takeAll(): T[] {
    return this.#take(() => true);
  }

  #take(which: (queue: BackendQueue<T>) => boolean): T[] {
    const taken: T[] = [];
    for (const queue of this.#queues.values()) {
      if (!which(queue)) continue;
      taken.push(...queue.entries.slice(queue.head), ...queue.delayed.map((delayed) => delayed.entry));
      queue.head = queue.entries.length;
      queue.delayed = [];
    }
    return taken.sort((a, b) => a.index - b.index);
  }

  #queueOf(backend: BackendName): BackendQueue<T> {
    const known = this.#queues.get(backend);
    if (known) return known;
    // No backend can use more slots than the run has.
    const cap = Math.min(this.#options.lane_caps?.[backend] ?? Number.POSITIVE_INFINITY, this.#options.max_parallel);
    const queue = { cap, limit: cap, running: 0, parked_until: 0, entries: [], head: 0, delayed: [] };
    this.#queues.set(backend, queue);
    return queue;
  }
}
