// Reacts to the outcome of attempts: lets throttled backends pause, parks used-up ones, and queues tasks for another
// attempt, later or at another backend. Emits an event for each of these steps.
import type { Attempt } from "../executors/executor.js";
import type { BackendName } from "../schema/backend-name.js";
import type { RunEventBody } from "../schema/event.js";
import type { Failure } from "../schema/failure.js";
import type { OnQuota } from "../schema/task-input.js";
import type { Clock } from "../util/clock.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { isQuota, isThrottle, needsPatience, outOfPatience, pauseAfter, pauseAsked, Streak } from "./patience.js";
import { type Decision, decide, hasPatience } from "./retry.js";
import type { Scheduler } from "./scheduler.js";
import type { TaskRun } from "./task-run.js";

export interface RecoveryOptions {
  scheduler: Scheduler<TaskRun>;
  on_quota: OnQuota;
  clock: Pick<Clock, "now" | "monotonic">;
  /** In [0, 1). */
  random(): number;
  emit(body: RunEventBody): void;
}

const GIVE_UP: Decision = { type: "give_up" };

/** What a failure means for the next attempt of its task. */
interface Setback {
  pause_ms: number;
  /** When the pause is over, monotonic. */
  not_before: number;
  asked_by_service?: true | undefined;
  /** How long such failures have been tried again already, in milliseconds. */
  tried_ms: number;
  /** ISO 8601. Absent = time is no limit for such failures. */
  patience_until?: string | undefined;
  /** The backend that has not answered for `tried_ms`; absent = only the task has failed. */
  of?: BackendName | undefined;
  /** The news of a pause of the backend. */
  paused?: RunEventBody | undefined;
}

/** A backend that throttles. */
interface Throttled {
  /** Since it last answered. */
  streak: Streak;
  /** The service asked for the present pause. */
  asked: boolean;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #parked = new Map<BackendName, Failure>();
  readonly #throttled = new Map<BackendName, Throttled>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Call when an attempt has begun to answer. If a paused backend waited for that, its other tasks may start. */
  answered(taskRun: TaskRun): void {
    taskRun.answer();
    this.#answers(taskRun.backend, this.#options.scheduler.isProbe(taskRun));
  }

  /**
   * Call when an attempt has ended. Returns how the task ends; `undefined` = it is queued for another attempt, which it
   * gets only if it `may_recover`.
   */
  follow(
    taskRun: TaskRun,
    attempt: Attempt,
    { was_probe, may_recover }: { was_probe: boolean; may_recover: boolean },
  ): { failure: Failure | undefined } | undefined {
    const { backend } = taskRun;
    const { failure } = attempt;
    if (!failure) {
      this.#answers(backend, was_probe);
      if (!was_probe) this.#raise(backend);
      return { failure };
    }
    const setback = this.#setback(taskRun, failure, was_probe);
    const decision = may_recover ? this.#decide(taskRun, attempt, failure, setback) : GIVE_UP;
    // A pause for which no task waits would promise an attempt that never comes.
    const isWaitedFor = decision.type === "retry" || this.#options.scheduler.has(backend);
    if (setback.paused && isWaitedFor) this.#options.emit(setback.paused);
    return this.#again(taskRun, decision, failure, setback);
  }

  /** Why a backend is parked, with a reset time in the future. */
  parkedBy(backend: BackendName): Failure | undefined {
    return this.#parked.get(backend);
  }

  /** Pauses the backend if it throttles, and tells how long the failed task has to wait. */
  #setback(taskRun: TaskRun, failure: Failure, wasProbe: boolean): Setback {
    const { clock, random, on_quota } = this.#options;
    const [now, began] = [clock.now(), clock.monotonic()];
    if (isThrottle(failure, now)) return this.#pause(taskRun, failure, wasProbe);
    const isUsedUp = isQuota(failure, now);
    const helpedByTime = needsPatience(failure) && !isUsedUp;
    // Others find out by themselves whether the backend answers: this one does not tell.
    if (wasProbe && helpedByTime) this.#open(taskRun.backend);
    // Parking ends the pause, too.
    else if (!helpedByTime && !(isUsedUp && on_quota !== "fail")) this.#answers(taskRun.backend, wasProbe);
    if (!helpedByTime) {
      taskRun.failing.end();
      const { ms, asked } = pauseAsked(failure, now, random());
      return { pause_ms: ms, not_before: began + ms, asked_by_service: asked || undefined, tried_ms: 0 };
    }
    const { count, tried_ms } = taskRun.failing.add(began);
    const { ms, asked } = pauseAfter(failure, count, patienceLeft(taskRun, tried_ms), now, random());
    const patience_until = patienceUntil(taskRun, now, tried_ms);
    const told = { asked_by_service: asked || undefined, patience_until };
    return { pause_ms: ms, not_before: began + ms, tried_ms, ...told };
  }

  /**
   * The backend throttles: nothing starts there for a while, and then one task. Those that ran already when it began, and
   * are throttled too, make the pause no longer than the service asks.
   */
  #pause(taskRun: TaskRun, failure: Failure, wasProbe: boolean): Setback {
    const { scheduler, clock, random, emit } = this.#options;
    const { backend, task } = taskRun;
    const [now, wall] = [clock.monotonic(), clock.now()];
    const lane = this.#throttledOf(backend);
    const before = scheduler.pausedUntil(backend);
    const isNext = wasProbe || before === undefined;
    const { count, tried_ms: backendTried } = isNext ? lane.streak.add(now) : lane.streak.look(now);
    // An answer of the backend to a task that it then throttles all the same does not count for that task.
    const taskTried = taskRun.hasAnswered ? taskRun.failing.add(now).tried_ms : 0;
    const tried_ms = Math.max(backendTried, taskTried);
    const asked = pauseAsked(failure, wall, random());
    const due = isNext ? pauseAfter(failure, count, patienceLeft(taskRun, tried_ms), wall, random()) : asked;
    // Without patience there is no next attempt of this task: the others are asked once each.
    const pause = hasPatience({ task, tried_ms, pause_ms: due.ms }) ? due : asked;
    const until = Math.max(before ?? 0, now + pause.ms);
    const limit = scheduler.pause(backend, until);
    if (limit !== undefined) emit({ type: "lane_changed", backend, limit, reason: "throttled" });
    const patience_until = patienceUntil(taskRun, wall, tried_ms);
    let paused: RunEventBody | undefined;
    if (isNext || until > (before ?? 0)) {
      lane.asked = pause.asked;
      const told = omitUndefined({ asked_by_service: pause.asked || undefined, patience_until });
      paused = { type: "lane_paused", backend, until: new Date(wall + until - now).toISOString(), failure, ...told };
    }
    const of = backendTried < taskTried ? undefined : backend;
    const pause_ms = Math.max(due.ms, until - now);
    // Not a moment later than the backend, or tasks that were never tried would come first.
    return {
      pause_ms,
      not_before: until,
      asked_by_service: lane.asked || undefined,
      tried_ms,
      patience_until,
      of,
      paused,
    };
  }

  #decide({ history }: TaskRun, attempt: Attempt, failure: Failure, { pause_ms, tried_ms }: Setback): Decision {
    const { on_quota, clock } = this.#options;
    const { may_have_written, repair_prompt } = attempt;
    const tried = { may_have_written, repair_prompt, pause_ms, tried_ms };
    return decide({ ...history, ...tried, failure, on_quota, now: clock.now() });
  }

  #again(taskRun: TaskRun, decision: Decision, failure: Failure, setback: Setback): { failure: Failure } | undefined {
    const { backend } = taskRun;
    const now = this.#options.clock.now();
    switch (decision.type) {
      case "give_up":
        return { failure: decision.out_of_patience ? outOfPatience(failure, setback.tried_ms, setback.of) : failure };
      case "retry":
        taskRun.retry();
        this.#requeue(taskRun, failure, setback);
        return undefined;
      case "repair":
        taskRun.repair(decision.prompt);
        this.#requeue(taskRun, failure);
        return undefined;
      case "park":
        taskRun.wait();
        this.#park(backend, decision.until, failure);
        // The parked backend holds it back, by the clock that tells reset times.
        this.#requeue(taskRun, failure, { pause_ms: Math.max(0, decision.until - now) });
        return undefined;
      case "fall_back":
        if (decision.until !== undefined) this.#park(backend, decision.until, failure);
        this.#fallBack(taskRun, failure);
        if (isThrottle(failure, now)) this.#fallBackAll(backend, failure);
        return undefined;
      default:
        return decision satisfies never;
    }
  }

  /** The backend answers: it is no longer throttled. Tasks that began before its pause tell nothing. */
  #answers(backend: BackendName, isProbe: boolean): void {
    if (!isProbe && this.#options.scheduler.pausedUntil(backend) !== undefined) return;
    this.#throttled.delete(backend);
    if (isProbe) this.#open(backend);
  }

  #open(backend: BackendName): void {
    const { scheduler, emit } = this.#options;
    emit({ type: "lane_changed", backend, limit: scheduler.open(backend), reason: "recovered" });
  }

  #raise(backend: BackendName): void {
    const { scheduler, emit } = this.#options;
    const limit = scheduler.succeeded(backend);
    if (limit !== undefined) emit({ type: "lane_changed", backend, limit, reason: "recovered" });
  }

  #throttledOf(backend: BackendName): Throttled {
    const known = this.#throttled.get(backend) ?? { streak: new Streak(), asked: false };
    this.#throttled.set(backend, known);
    return known;
  }

  /** Lets nothing start at the backend before `until`. Under `fallback`, waiting tasks that have another backend move there at once. */
  #park(backend: BackendName, until: number, failure: Failure): void {
    const { scheduler, clock, on_quota, emit } = this.#options;
    const resets_at = new Date(until).toISOString();
    // If the failure names no reset in the future, the record says until when the backend is parked.
    const liesAhead = Date.parse(failure.resets_at ?? "") > clock.now();
    this.#parked.set(backend, liesAhead ? failure : { ...failure, resets_at });
    this.#throttled.delete(backend);
    scheduler.park(backend, until);
    emit({ type: "lane_parked", backend, until: resets_at, failure });
    if (on_quota !== "fallback") return;
    for (const waiting of scheduler.takeBackend(backend, ({ hasFallback }) => hasFallback))
      this.#fallBack(waiting, failure);
  }

  /** Tasks that wait for a throttled backend and may turn to another one after such a failure do so at once. */
  #fallBackAll(backend: BackendName, failure: Failure): void {
    const mayTurn = ({ hasFallback, task }: TaskRun) => hasFallback && task.fallback_on.includes(failure.kind);
    for (const waiting of this.#options.scheduler.takeBackend(backend, mayTurn)) this.#fallBack(waiting, failure);
  }

  #fallBack(taskRun: TaskRun, failure: Failure): void {
    taskRun.fallBack();
    this.#requeue(taskRun, failure);
  }

  #requeue(taskRun: TaskRun, failure: Failure, setback: Partial<Setback> = {}): void {
    const { scheduler, emit } = this.#options;
    const { backend, attempts: attempt, task } = taskRun;
    const { pause_ms = 0, not_before = 0, asked_by_service, patience_until } = setback;
    const what = { task_id: task.id, attempt, failure, delay_seconds: pause_ms / 1000, backend };
    emit({ type: "task_retrying", ...what, ...omitUndefined({ asked_by_service, patience_until }) });
    scheduler.requeue(taskRun, not_before);
  }
}

/** In milliseconds. */
function patienceLeft({ task }: TaskRun, tried_ms: number): number {
  return task.patience_seconds * 1000 - tried_ms;
}

function patienceUntil(taskRun: TaskRun, now: number, tried_ms: number): string {
  return new Date(now + patienceLeft(taskRun, tried_ms)).toISOString();
}
