// The lanes of a run: slows them down, parks them, moves tasks between them, and tells so as events.

import type { RunEventBody } from "../schema/event.js";
import type { Failure } from "../schema/failure.js";
import type { OnQuota, Task } from "../schema/task.js";
import type { Clock } from "../util/clock.js";
import type { Scheduler } from "./scheduler.js";
import type { Turn } from "./task-run.js";

export class Lanes {
  readonly #scheduler: Scheduler<Turn>;
  readonly #clock: Clock;
  readonly #onQuota: OnQuota;
  readonly #emit: (body: RunEventBody) => void;
  readonly #parked = new Map<string, Failure>();

  constructor(scheduler: Scheduler<Turn>, clock: Clock, onQuota: OnQuota, emit: (body: RunEventBody) => void) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#onQuota = onQuota;
    this.#emit = emit;
  }

  /** A service slowed one of its tasks down. */
  throttled({ backend }: Task): void {
    const limit = this.#scheduler.throttled(backend);
    if (limit !== undefined) this.#emit({ type: "lane_changed", backend, limit, reason: "throttled" });
  }

  succeeded({ backend }: Task): void {
    const limit = this.#scheduler.succeeded(backend);
    if (limit !== undefined) this.#emit({ type: "lane_changed", backend, limit, reason: "recovered" });
  }

  /** Nothing of the lane starts before `until`. Under `fallback`, what waits in it and can go elsewhere goes there at once. */
  park({ backend }: Task, until: number, failure: Failure): void {
    const goes_on = new Date(until).toISOString();
    // A time that is not told, or that has passed, is no help to who waits.
    const told = Date.parse(failure.resets_at ?? "") > this.#clock.now();
    this.#parked.set(backend, told ? failure : { ...failure, resets_at: goes_on });
    this.#scheduler.park(backend, until);
    this.#emit({ type: "lane_parked", backend, until: goes_on, failure });
    if (this.#onQuota !== "fallback") return;
    for (const waiting of this.#scheduler.takeLane(backend)) {
      if (waiting.hasFallback) this.fallBack(waiting, failure);
      else this.#scheduler.requeue(waiting, 0);
    }
  }

  /** Why a lane was parked, with a reset that lies ahead. */
  parkedBy(lane: string): Failure | undefined {
    return this.#parked.get(lane);
  }

  /** The task turns to the next backend of its list. */
  fallBack(turn: Turn, failure: Failure): void {
    turn.fallBack();
    this.requeue(turn, failure, 0);
  }

  /** The task gets another attempt, after so many milliseconds. */
  requeue(turn: Turn, failure: Failure, delay: number): void {
    const { id, backend } = turn.task;
    const head = { type: "task_retrying", task_id: id, attempt: turn.attempts } as const;
    this.#emit({ ...head, failure, delay_seconds: delay / 1000, backend });
    this.#scheduler.requeue(turn, this.#clock.now() + delay);
  }
}
