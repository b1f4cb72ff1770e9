// Decides which task starts next: a queue for each backend, file order among them, a cap for the run and one per backend,
// pauses for throttled and parked backends. Has no clock and starts nothing itself.
import type { BackendName } from "../schema/backend-name.js";
import { isQuotaWait } from "../schema/failure.js";
import type { Moment } from "../util/clock.js";

/** Something that waits to be started. */
export interface Entry {
  /** Position in the file. */
  readonly index: number;
  readonly backend: BackendName;
}

interface Delayed<T> {
  entry: T;
  /** Monotonic. */
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
  /** Monotonic; until then nothing starts, and afterwards one entry at a time, the probe. Absent = not paused. */
  paused_until?: number | undefined;
  probe?: T | undefined;
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
  /** How many entries the system has room for, as far as is known. */
  #room = Number.POSITIVE_INFINITY;

  constructor(entries: readonly T[], options: SchedulerOptions) {
    this.#options = options;
    for (const entry of entries) this.#queueOf(entry.backend).entries.push(entry);
  }

  get running(): number {
    return this.#running;
  }

  /** Whether entries of this backend run or wait. */
  has(backend: BackendName): boolean {
    const { running, entries, head, delayed } = this.#queueOf(backend);
    return running > 0 || head < entries.length || delayed.length > 0;
  }

  /** The next entry to start now, or `undefined` if none may start. Call `end` when it has ended. */
  start(now: Moment): T | undefined {
    if (this.#isFull()) return undefined;
    let best: { from: BackendQueue<T>; entry: T; delayed?: Delayed<T> } | undefined;
    for (const queue of this.#queues.values()) {
      if (!hasRoom(queue) || pauseOf(queue, now) > 0) continue;
      const queued = queue.entries[queue.head];
      if (queued && (!best || queued.index < best.entry.index)) best = { from: queue, entry: queued };
      for (const delayed of queue.delayed)
        if (delayed.not_before <= now.monotonic && (!best || delayed.entry.index < best.entry.index))
          best = { from: queue, entry: delayed.entry, delayed };
    }
    if (!best) return undefined;
    if (best.delayed) best.from.delayed.splice(best.from.delayed.indexOf(best.delayed), 1);
    else best.from.head += 1;
    if (best.from.paused_until !== undefined) best.from.probe = best.entry;
    best.from.running += 1;
    this.#running += 1;
    return best.entry;
  }

  /** A started entry has ended; its slot is free. Returns whether it was the probe of its backend. */
  end(entry: T): boolean {
    const queue = this.#queueOf(entry.backend);
    const wasProbe = queue.probe === entry;
    if (wasProbe) queue.probe = undefined;
    queue.running -= 1;
    this.#running -= 1;
    return wasProbe;
  }

  /** Puts an entry back, not to start before `not_before`, monotonic; its backend may have changed. */
  requeue(entry: T, not_before: number): void {
    this.#queueOf(entry.backend).delayed.push({ entry, not_before });
  }

  /** Starts nothing at this backend before `until`, in milliseconds since 1970, and then one entry at a time at first. */
  park(backend: BackendName, until: number): void {
    const queue = this.#queueOf(backend);
    queue.parked_until = Math.max(queue.parked_until, until);
    queue.limit = 1;
    queue.paused_until = undefined;
    queue.probe = undefined;
  }

  /**
   * Starts nothing at this backend before `until`, monotonic, and then one entry at a time, until `open`. Entries that
   * run already are left alone. Also halves the limit that holds after `open`, once. Returns the new limit,
   * `undefined` if it is no lower.
   */
  pause(backend: BackendName, until: number): number | undefined {
    const queue = this.#queueOf(backend);
    const before = queue.paused_until;
    queue.paused_until = Math.max(before ?? 0, until);
    if (before !== undefined) return undefined;
    const now = Math.min(Math.floor(queue.limit), queue.running + 1);
    const lower = Math.max(1, Math.floor(now / 2));
    const changed = lower < Math.floor(queue.limit);
    queue.limit = lower;
    return changed ? lower : undefined;
  }

  /** When the pause of a backend is over, monotonic; `undefined` = it has none. */
  pausedUntil(backend: BackendName): number | undefined {
    return this.#queueOf(backend).paused_until;
  }

  /** Whether the entry runs to find out if its backend answers again. */
  isProbe(entry: T): boolean {
    return this.#queueOf(entry.backend).probe === entry;
  }

  /** Ends the pause of a backend. Returns how many of its entries may run at once now. */
  open(backend: BackendName): number {
    const queue = this.#queueOf(backend);
    queue.paused_until = undefined;
    queue.probe = undefined;
    return Math.floor(queue.limit);
  }

  /** The system had no room for one that has ended: no more may run at once than do now, and one more after as many successes. */
  exhausted(): void {
    this.#room = Math.max(1, this.#running);
  }

  #isFull(): boolean {
    return this.#running >= Math.min(Math.floor(this.#room), this.#options.max_parallel);
  }

  /** Raises the limit (additive increase) by about one per round of successes. Returns the new limit if it is a whole one more. */
  succeeded(backend: BackendName): number | undefined {
    this.#room += 1 / Math.floor(this.#room);
    const queue = this.#queueOf(backend);
    if (queue.paused_until !== undefined) return undefined;
    const before = Math.floor(queue.limit);
    if (queue.limit < queue.cap) queue.limit = Math.min(queue.cap, queue.limit + 1 / before);
    return Math.floor(queue.limit) > before ? Math.floor(queue.limit) : undefined;
  }

  /** How many milliseconds to wait until an entry may start, 0 = now; `undefined` = not before an `end` or `open`. */
  wait(now: Moment): number | undefined {
    if (this.#isFull()) return undefined;
    let shortest = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      if (!hasRoom(queue)) continue;
      const pause = pauseOf(queue, now);
      if (queue.head < queue.entries.length) shortest = Math.min(shortest, pause);
      for (const { not_before } of queue.delayed)
        shortest = Math.min(shortest, Math.max(pause, not_before - now.monotonic));
    }
    return Number.isFinite(shortest) ? Math.max(shortest, 0) : undefined;
  }

  /** Whether entries wait, and all of them at backends that are parked for long. */
  onlyParkedLeft({ wall }: Moment): boolean {
    const waiting = [...this.#queues.values()].filter(
      (queue) => queue.head < queue.entries.length || queue.delayed.length > 0,
    );
    return waiting.length > 0 && waiting.every((queue) => isQuotaWait((queue.parked_until - wall) / 1000));
  }

  /** Takes out the entries that wait for one backend and, if given, fulfil a condition. */
  takeBackend(backend: BackendName, which: (entry: T) => boolean = () => true): T[] {
    return this.#take((queue, entry) => queue === this.#queueOf(backend) && which(entry));
  }

  /** Takes out all waiting entries, in file order. */
  takeAll(): T[] {
    return this.#take(() => true);
  }

  #take(which: (queue: BackendQueue<T>, entry: T) => boolean): T[] {
    const taken: T[] = [];
    for (const queue of this.#queues.values()) {
      const takes = (entry: T): boolean => {
        const isTaken = which(queue, entry);
        if (isTaken) taken.push(entry);
        return isTaken;
      };
      queue.entries = queue.entries.slice(queue.head).filter((entry) => !takes(entry));
      queue.head = 0;
      queue.delayed = queue.delayed.filter(({ entry }) => !takes(entry));
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

/** Whether one more entry may run. A paused backend runs its probe besides the entries that ran before. */
function hasRoom<T>({ running, limit, cap, paused_until, probe }: BackendQueue<T>): boolean {
  return paused_until === undefined ? running < Math.floor(limit) : probe === undefined && running < cap;
}

/** Milliseconds until the backend starts anything; 0 or less = it does. */
function pauseOf<T>({ parked_until, paused_until }: BackendQueue<T>, { monotonic, wall }: Moment): number {
  return Math.max(parked_until - wall, (paused_until ?? 0) - monotonic);
}
