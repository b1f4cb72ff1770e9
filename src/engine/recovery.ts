// Reacts to the outcome of attempts: slows backends down, parks them, and queues tasks for another attempt, later or
// at another backend. Emits an event for each of these steps.
import type { Attempt } from "../executors/executor.js";
import type { BackendName } from "../schema/backend-name.js";
import type { RunEventBody } from "../schema/event.js";
import type { Failure } from "../schema/failure.js";
import type { OnQuota } from "../schema/task-input.js";
import type { Clock } from "../util/clock.js";
import { decide } from "./retry.js";
import type { Scheduler } from "./scheduler.js";
import type { TaskRun } from "./task-run.js";

export interface RecoveryOptions {
  scheduler: Scheduler<TaskRun>;
  on_quota: OnQuota;
  clock: Pick<Clock, "now">;
  /** In [0, 1). */
  random(): number;
  emit(body: RunEventBody): void;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #parked = new Map<BackendName, Failure>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Call when an attempt has ended. A throttled backend then gets fewer tasks at once, and a working one gets more again. */
  adjustLimit(backend: BackendName, failure: Failure | undefined): void {
    const { scheduler, emit } = this.#options;
    if (failure?.kind === "rate_limited" || failure?.kind === "overloaded") {
      const limit = scheduler.throttled(backend);
      if (limit !== undefined) emit({ type: "lane_changed", backend, limit, reason: "throttled" });
    } else if (!failure) {
      const limit = scheduler.succeeded(backend);
      if (limit !== undefined) emit({ type: "lane_changed", backend, limit, reason: "recovered" });
    }
  }

  /** Queues the task for another attempt after a failed one; `false` = it gets none. */
  recovers(taskRun: TaskRun, attempt: Attempt, failure: Failure): boolean {
    const { on_quota, clock, random } = this.#options;
    const now = clock.now();
    const { may_have_written, repair_prompt } = attempt;
    const decision = decide({ ...taskRun.history, failure, may_have_written, repair_prompt, on_quota, now, random });
    switch (decision.type) {
      case "give_up":
        return false;
      case "retry":
        taskRun.retry();
        this.#requeue(taskRun, failure, decision.delay_ms);
        return true;
      case "repair":
        taskRun.repair(decision.prompt);
        this.#requeue(taskRun, failure, 0);
        return true;
      case "park":
        taskRun.wait();
        this.#park(taskRun.backend, decision.until, failure);
        this.#requeue(taskRun, failure, Math.max(0, decision.until - now));
        return true;
      case "fall_back":
        if (decision.until !== undefined) this.#park(taskRun.backend, decision.until, failure);
        this.#fallBack(taskRun, failure);
        return true;
      default:
        return decision satisfies never;
    }
  }

  /** Why a backend is parked, with a reset time in the future. */
  parkedBy(backend: BackendName): Failure | undefined {
    return this.#parked.get(backend);
  }

  /** Lets nothing start at the backend before `until`. Under `fallback`, waiting tasks that have another backend move there at once. */
  #park(backend: BackendName, until: number, failure: Failure): void {
    const { scheduler, clock, on_quota, emit } = this.#options;
    const resets_at = new Date(until).toISOString();
    // If the failure names no reset in the future, the record says until when the backend is parked.
    const liesAhead = Date.parse(failure.resets_at ?? "") > clock.now();
    this.#parked.set(backend, liesAhead ? failure : { ...failure, resets_at });
    scheduler.park(backend, until);
    emit({ type: "lane_parked", backend, until: resets_at, failure });
    if (on_quota !== "fallback") return;
    for (const waiting of scheduler.takeBackend(backend)) {
      if (waiting.hasFallback) this.#fallBack(waiting, failure);
      else scheduler.requeue(waiting, 0);
    }
  }

  #fallBack(taskRun: TaskRun, failure: Failure): void {
    taskRun.fallBack();
    this.#requeue(taskRun, failure, 0);
  }

  #requeue(taskRun: TaskRun, failure: Failure, delayMs: number): void {
    const { scheduler, clock, emit } = this.#options;
    const { backend, attempts: attempt } = taskRun;
    const task_id = taskRun.task.id;
    emit({ type: "task_retrying", task_id, attempt, failure, delay_seconds: delayMs / 1000, backend });
    scheduler.requeue(taskRun, clock.now() + delayMs);
  }
}
