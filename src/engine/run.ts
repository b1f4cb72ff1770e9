// A Plan × an Executor → the events of a run. Produces events and nothing else.
import { setMaxListeners } from "node:events";
import type { Attempt, Executor } from "../executors/executor.js";
import type { Plan } from "../plan/plan.js";
import type { RunEvent, RunEventBody } from "../schema/event.js";
import { EVENT_VERSION } from "../schema/event-version.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { BackendName, Task } from "../schema/task.js";
import { type Clock, systemClock } from "../util/clock.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { Lanes } from "./backend-queues.js";
import { costOf, Spending } from "./budget.js";
import { endedRecord, progressEvent, startedEvent, unstartedRecord } from "./records.js";
import { Recovery } from "./recovery.js";
import { watchTime } from "./run-timeout.js";
import { Scheduler } from "./scheduler.js";
import type { Pool, Slots } from "./shared-pool.js";
import { Relay } from "./stage-queue.js";
import type { Turn } from "./task-run.js";
import type { Find } from "./vote.js";

/** Why a run was ended from outside. */
export type Interruption = "SIGINT" | "SIGTERM" | "SIGHUP" | "abort" | "output_closed";

export interface RunOptions {
  plan: Plan;
  executor: Executor;
  /** Receives every event, in order, synchronously, before what it announces is done. */
  onEvent(event: RunEvent): void;
  /** Aborted = start nothing more, stop what runs, end with a summary. Its `reason` is an `Interruption`. */
  signal?: AbortSignal;
  /** Aborted = what is still being stopped is killed at once. */
  kill?: AbortSignal;
  /** The run goes on after another process left it: what had finished, and the number of its last event. */
  resume?: { finished: ReadonlyMap<string, TaskRecord>; last_seq: number };
  /** Makes an answer, or piped text, harmless for the backend into whose prompt it is put; as it is if not given. */
  literal?(backend: BackendName, text: string): string;
  /** Finds votes in answers; without it none are counted. */
  find?: Find;
  /** Slots that it shares with other runs; without it `max_parallel` is its only limit. */
  pool?: Pool;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}

/** Runs a plan to its end. Resolves when every task has its `task_finished` and no process is left. */
export function run(options: RunOptions): Promise<void> {
  return new Run(options).toEnd();
}

const NOT_STARTED: Failure = { kind: "canceled", message: "the run ended before it was started" };
const STEP_FAILED: Failure = { kind: "canceled", message: "the step before it failed" };
const STOPPED: Failure = { kind: "canceled", message: "stopped before it was done" };
/** Clocks jump (sleep, NTP): a long wait looks at the time again now and then. */
const LONGEST_TIMER_MS = 60_000;
const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

class Run {
  readonly #options: RunOptions;
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler<Turn>;
  readonly #relay: Relay;
  readonly #active = new Map<Turn, AbortController>();
  readonly #lanes: Lanes;
  readonly #recovery: Recovery;
  readonly #spending = new Spending();
  readonly #slots: Slots | undefined;
  readonly #began: number;
  #seq: number;
  #ending = false;
  #cancelTimer: (() => void) | undefined;
  #resolve: () => void = () => {};
  #reject: (bug: unknown) => void = () => {};

  constructor(options: RunOptions) {
    const { plan, resume, clock = systemClock } = options;
    this.#options = options;
    this.#plan = plan;
    this.#clock = clock;
    this.#began = clock.now();
    this.#seq = resume?.last_seq ?? 0;
    this.#relay = new Relay({
      plan,
      finished: resume?.finished ?? new Map(),
      literal: options.literal,
      find: options.find,
      warn: (message, task_id) => this.#emit({ type: "warning", message, task_id }),
    });
    this.#scheduler = new Scheduler(this.#relay.first, { max_parallel: plan.max_parallel, lane_caps: plan.lane_caps });
    this.#lanes = new Lanes(this.#scheduler, clock, plan.on_quota, (body) => this.#emit(body));
    const { random = Math.random } = options;
    this.#recovery = new Recovery({ lanes: this.#lanes, on_quota: plan.on_quota, clock, random });
    for (const record of resume?.finished.values() ?? []) this.#spending.add(record.cost_usd, record.usage);
    this.#slots = options.pool?.join(() => this.#refill());
    if (options.kill) setMaxListeners(0, options.kill);
  }

  async toEnd(): Promise<void> {
    const { signal, executor } = this.#options;
    const limit = this.#plan.deadline_seconds;
    this.#announce();
    const hopeless = this.#plan.fail_fast ? this.#firstHopeless() : undefined;
    if (hopeless) {
      for (const { task } of this.#takeAll())
        this.#finish(unstartedRecord(task, task === hopeless.task ? hopeless.failure : NOT_STARTED));
    } else {
      const interrupt = () => this.#end(NOT_STARTED, STOPPED);
      signal?.addEventListener("abort", interrupt);
      const cancelDeadline = limit > 0 ? this.#clock.after(limit * 1000, () => this.#endByDeadline()) : undefined;
      await new Promise<void>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
        if (signal?.aborted) interrupt();
        else this.#refill();
      });
      cancelDeadline?.();
      signal?.removeEventListener("abort", interrupt);
    }
    const reason = signal?.aborted ? ((signal.reason as Interruption | undefined) ?? "abort") : undefined;
    this.#slots?.leave();
    await executor.close();
    const vote = reason === undefined ? await this.#relay.countVotes() : undefined;
    this.#emit({
      type: "run_finished",
      ...omitUndefined({ interrupted_by: reason, vote }),
      total_duration_seconds: Math.round(this.#clock.now() - this.#began) / 1000,
    });
  }

  #announce(): void {
    const plan = this.#plan;
    const remaining = this.#relay.turns.map(({ task }) => task.id);
    this.#emit(this.#options.resume ? { type: "run_resumed", remaining } : startedEvent(plan));
    for (const message of plan.warnings) this.#emit({ type: "warning", message });
  }

  /** Under fail-fast nothing starts if a task can't even be started. */
  #firstHopeless(): { task: Task; failure: Failure } | undefined {
    for (const { task } of this.#relay.turns) {
      const failure = this.#options.executor.preflight(task);
      if (failure) return { task, failure };
    }
    return undefined;
  }

  /** Starts what may start now; ends the run when nothing runs and nothing will. */
  #refill(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    while (this.#scheduler.isReady(now)) {
      // Called again as soon as there is a slot.
      if (this.#slots?.take() === false) return;
      const turn = this.#scheduler.start(now);
      if (!turn) break;
      const spent = this.#spending.exceeds(this.#plan);
      if (spent === undefined) this.#attempt(turn).catch(this.#reject);
      else this.#endByBudget(turn, spent);
    }
    if (this.#scheduler.running === 0 && this.#plan.on_quota !== "wait" && this.#scheduler.onlyParkedLeft(now))
      for (const turn of this.#scheduler.takeAll()) this.#finishTurn(turn, this.#lanes.parkedBy(turn.lane), true);
    const wake = this.#scheduler.wakeAt(now);
    if (wake !== undefined)
      this.#cancelTimer = this.#clock.after(Math.min(wake - now, LONGEST_TIMER_MS), () => this.#refill());
    else if (this.#scheduler.running === 0 && !this.#enterNextStage()) this.#resolve();
  }

  /** Lets in the tasks of the next stage of which one can start; `false` = there is none. */
  #enterNextStage(): boolean {
    for (let stage = this.#relay.next(); stage; stage = this.#relay.next()) {
      for (const turn of stage.ready) this.#scheduler.requeue(turn, 0);
      for (const { turn, failure } of stage.stopped) this.#finishTurn(turn, failure);
      if (stage.ready.length === 0) continue;
      this.#refill();
      return true;
    }
    return false;
  }

  /** Takes out everything that has not started. */
  #takeAll(): Turn[] {
    return [...this.#scheduler.takeAll(), ...this.#relay.takeAll()];
  }

  async #attempt(turn: Turn): Promise<void> {
    const { task } = turn;
    const made = this.#relay.promptOf(turn);
    if (!made.ok) {
      this.#free(turn);
      this.#finishTurn(turn, made.error);
      return this.#refill();
    }
    const prompt = made.value;
    const stop = new AbortController();
    this.#active.set(turn, stop);
    turn.attempts += 1;
    turn.started ||= this.#clock.now();
    const attempt = turn.attempts;
    const time = watchTime(task, this.#clock, (failure) => stop.abort(failure));
    const result = await this.#options.executor.execute(
      { run_id: this.#plan.run_id, task: prompt === task.prompt ? task : { ...task, prompt }, attempt },
      {
        signal: stop.signal,
        kill: this.#options.kill ?? NEVER,
        onProgress: (progress) => this.#emit(progressEvent(task.id, attempt, progress)),
        onAlive: time.alive,
      },
    );
    time.dispose();
    this.#active.delete(turn);
    this.#free(turn);
    this.#conclude(turn, result);
    this.#refill();
  }

  /** Others may have its place. */
  #free(turn: Turn): void {
    this.#scheduler.end(turn);
    this.#slots?.give();
  }

  /** Success, another attempt, or the end of the task. */
  #conclude(turn: Turn, attempt: Attempt): void {
    const { task } = turn;
    const { failure } = attempt;
    const cost = costOf(attempt.outcome, task.backend, this.#plan.prices);
    turn.last = attempt;
    turn.repair_prompt = undefined;
    turn.spending.add(cost, attempt.outcome.usage);
    this.#spending.add(cost, attempt.outcome.usage);
    if (failure?.kind === "rate_limited" || failure?.kind === "overloaded") this.#lanes.throttled(task);
    if (!failure) {
      this.#lanes.succeeded(task);
      this.#finishTurn(turn);
      return;
    }
    const over = this.#ending || turn.spending.exceeds(task) !== undefined;
    if (over || !this.#recovery.recovers(turn, attempt, failure)) this.#finishTurn(turn, failure);
  }

  /** Starts nothing more and stops what runs. */
  #end(unstarted: Failure, running: Failure): void {
    this.#ending = true;
    for (const turn of this.#takeAll()) this.#finishTurn(turn, unstarted);
    for (const stop of this.#active.values()) stop.abort(running);
    this.#refill();
  }

  #endByDeadline(): void {
    const message = `the run's deadline of ${this.#plan.deadline_seconds} s has passed`;
    this.#end({ kind: "canceled", message: `${message} before it was started` }, { kind: "timeout", message });
  }

  /** What runs may finish; `turn` and all that waits do not start. */
  #endByBudget(turn: Turn, spent: string): void {
    this.#free(turn);
    const message = `the budget of the run is used up: ${spent}`;
    const hint = "max_cost_usd and max_total_tokens of the task file set it; --only runs a selection";
    const failure: Failure = { kind: "budget_exceeded", message, hint };
    for (const left of [turn, ...this.#takeAll()]) this.#finishTurn(left, failure);
  }

  #finishTurn(turn: Turn, failure?: Failure, waiting = false): void {
    if (!turn.last) {
      this.#finish(unstartedRecord(turn.task, failure ?? NOT_STARTED, waiting));
      return;
    }
    const record = endedRecord({
      task: turn.task,
      attempt: turn.last,
      ...(failure ? { failure } : {}),
      attempts: turn.attempts,
      started: turn.started,
      ended: this.#clock.now(),
      cost_usd: turn.spending.cost_usd,
      ...(turn.task === turn.asked ? {} : { fallback_from: turn.asked.backend }),
      waiting,
    });
    this.#finish(record);
  }

  #finish(record: TaskRecord): void {
    this.#relay.take(record);
    this.#emit({ type: "task_finished", task_id: record.task_id, attempt: record.attempts, result: record });
    if (this.#plan.fail_fast && (record.status === "FAILED" || record.status === "TIMEOUT"))
      this.#end(this.#plan.kind === "chain" ? STEP_FAILED : NOT_STARTED, STOPPED);
  }

  #emit(body: RunEventBody): void {
    this.#seq += 1;
    const time = new Date(this.#clock.now()).toISOString();
    this.#options.onEvent({ v: EVENT_VERSION, seq: this.#seq, time, run_id: this.#plan.run_id, ...body });
  }
}
