// Holds the state of a run: which task starts next, what follows an ended attempt, and whether anything is left to do.
// Every way to end a task is here. It starts nothing and waits for nothing; slots and timers are in `run.ts`.
import type { Attempt } from "../executors/executor.js";
import type { Plan } from "../plan/plan.js";
import type { RunEventBody } from "../schema/event.js";
import { type Failure, failureOfBug } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import type { Clock, Moment } from "../util/clock.js";
import { err, type Result } from "../util/result.js";
import { costOf, Spending } from "./budget.js";
import { asWritten, emptySlots, type PromptFor, partsOf } from "./prompts.js";
import { Recovery } from "./recovery.js";
import { Scheduler } from "./scheduler.js";
import { type RecordsById, StageQueue } from "./stages.js";
import type { TaskRun } from "./task-run.js";

export interface RunQueueOptions {
  plan: Plan;
  /** Tasks that have already ended and do not run again. */
  finished: RecordsById;
  /** Records whose cost and tokens already count towards the run's budget. */
  charged: readonly TaskRecord[];
  clock: Pick<Clock, "now" | "monotonic">;
  /** In [0, 1). */
  random(): number;
  promptFor?: PromptFor | undefined;
  emit(body: RunEventBody): void;
}

const STEP_FAILED: Failure = { kind: "canceled", message: "the step before it failed" };
const STOPPED: Failure = { kind: "canceled", message: "stopped before it was done" };

export class RunQueue {
  readonly #options: RunQueueOptions;
  readonly #plan: Plan;
  readonly #scheduler: Scheduler<TaskRun>;
  readonly #stages: StageQueue;
  readonly #recovery: Recovery;
  readonly #spending = new Spending();
  #stopReason: Failure | undefined;
  /** A person knows that there is no room for all tasks at once. */
  #toldOfRoom = false;
  /** A receiver of events threw: the run can't go on. */
  #unheard = false;

  constructor(asked: RunQueueOptions) {
    const options = { ...asked, emit: (body: RunEventBody) => this.#emit(body, asked.emit) };
    const { plan, finished, charged } = options;
    this.#options = options;
    this.#plan = plan;
    this.#stages = new StageQueue(plan, finished);
    this.#scheduler = new Scheduler(this.#stages.first, plan);
    this.#recovery = new Recovery({ ...options, on_quota: plan.on_quota, scheduler: this.#scheduler });
    for (const record of charged) this.#spending.add(record.cost_usd, record.usage);
  }

  /** The tasks that this run has to do, before it begins. */
  get tasks(): Task[] {
    return [...this.#stages.first, ...this.#stages.waiting].map(({ task }) => task);
  }

  /** Why every running attempt must stop; `undefined` = attempts may end by themselves. */
  get stopReason(): Failure | undefined {
    return this.#stopReason;
  }

  /** The records of the tasks whose votes may count. */
  get records(): RecordsById {
    return this.#stages.records;
  }

  /**
   * How many milliseconds to wait until the next start, 0 = now. `undefined` = not before an attempt answers or ends, or
   * never if no attempt is running. Also ends tasks that can't start any more, and begins the next stage when it is due.
   */
  nextStart(now: Moment): number | undefined {
    for (;;) {
      const wait = this.#scheduler.wait(now);
      if (wait === 0) {
        const spent = this.#spending.exceeds(this.#plan);
        if (spent === undefined) return 0;
        this.#endByBudget(spent);
      } else if (this.#scheduler.running > 0) return wait;
      else if (this.#plan.on_quota !== "wait" && this.#scheduler.onlyParkedLeft(now)) {
        for (const taskRun of this.#scheduler.takeAll())
          this.#finish(taskRun, this.#recovery.parkedBy(taskRun.backend), true);
      } else if (wait !== undefined || !this.#beginStage()) return wait;
    }
  }

  /** Takes out the task that starts at `now`. Call `ended` or `failed` for it later. Throws if `nextStart` names a later time. */
  start(now: Moment): TaskRun {
    const taskRun = this.#scheduler.start(now);
    if (!taskRun) throw new Error("the scheduler has announced a task and has none to start");
    return taskRun;
  }

  /** The prompt of the task's next attempt; the error says why it can't be made. */
  promptOf(taskRun: TaskRun): Result<string, Failure> {
    const { plan, promptFor = asWritten, emit } = this.#options;
    const { task, repairPrompt: repair } = taskRun;
    if (repair !== undefined) return promptFor(task, { text: () => repair });
    const request = { plan, task, ended: this.#stages.records };
    if (taskRun.attempts === 0)
      for (const slot of emptySlots(request))
        emit({ type: "warning", message: `${slot} is empty: there is no such answer`, task_id: task.id });
    try {
      return promptFor(task, partsOf(request));
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) return err(failureOfBug(error));
      return err({ kind: "lost", message: `an answer that the prompt needs can't be read: ${error.message}` });
    }
  }

  /** An attempt has ended: the task has succeeded, gets another attempt, or has failed. A bug of ours fails it. */
  ended(taskRun: TaskRun, attempt: Attempt): void {
    const wasProbe = this.#scheduler.end(taskRun);
    if (attempt.unstarted?.why === "exhausted" && this.#scheduler.running > 0) {
      this.#waitForRoom(taskRun, attempt, attempt.unstarted.announced);
      return;
    }
    taskRun.end(attempt);
    try {
      this.#follow(taskRun, attempt, wasProbe);
    } catch (bug) {
      if (this.#unheard) throw bug;
      this.#finish(taskRun, failureOfBug(bug));
    }
  }

  /** The system has no process or descriptor left for this task, and may have when another one has ended. */
  #waitForRoom(taskRun: TaskRun, { failure }: Attempt, announced: boolean): void {
    const { backend, attempts: attempt } = taskRun;
    const { emit } = this.#options;
    taskRun.unbegin();
    if (this.#stopReason || !failure) {
      this.#finish(taskRun, this.#stopReason ?? taskRun.notStarted());
      return;
    }
    this.#scheduler.exhausted();
    if (announced)
      emit({ type: "task_retrying", task_id: taskRun.task.id, attempt, failure, delay_seconds: 0, backend });
    if (!this.#toldOfRoom)
      emit({
        type: "warning",
        message: `${failure.message} The tasks for which there is no room wait until others have ended`,
      });
    this.#toldOfRoom = true;
    this.#scheduler.requeue(taskRun, 0);
  }

  #follow(taskRun: TaskRun, attempt: Attempt, was_probe: boolean): void {
    const { outcome } = attempt;
    const cost = costOf(outcome, taskRun.backend, this.#plan.prices);
    taskRun.spend(cost, outcome.usage);
    this.#spending.add(cost, outcome.usage);
    const end = this.#stopReason
      ? { failure: attempt.failure }
      : this.#recovery.follow(taskRun, attempt, { was_probe, may_recover: !taskRun.isOverBudget });
    if (end) this.#finish(taskRun, end.failure);
  }

  /** An attempt has begun to answer: others that waited for that may start. */
  answered(taskRun: TaskRun): void {
    this.#recovery.answered(taskRun);
  }

  /** Ends a started task that can't be attempted. */
  failed(taskRun: TaskRun, failure: Failure): void {
    this.#scheduler.end(taskRun);
    this.#finish(taskRun, failure);
  }

  /** Ends the whole run, because this task can't start. */
  refuse({ id }: Task, failure: Failure): void {
    for (const taskRun of this.#takeAll())
      this.#finish(taskRun, taskRun.task.id === id ? failure : taskRun.notStarted());
  }

  /** Ends the tasks that have not started, and asks for the running ones to be stopped. */
  stop(unstarted?: (taskRun: TaskRun) => Failure, running = STOPPED): void {
    this.#stopReason ??= running;
    for (const taskRun of this.#takeAll()) this.#finish(taskRun, unstarted?.(taskRun) ?? taskRun.notStarted());
  }

  /** The run's deadline has passed. */
  stopByDeadline(): void {
    const message = `the run's deadline of ${this.#plan.deadline_seconds} s has passed`;
    this.stop((taskRun) => taskRun.notStarted(message), { kind: "timeout", message });
  }

  /** Lets the running tasks finish; nothing else starts. */
  #endByBudget(spent: string): void {
    const message = `the budget of the run is used up: ${spent}`;
    const hint = "max_cost_usd and max_total_tokens of the task file set it; --only runs a selection";
    for (const taskRun of this.#takeAll()) this.#finish(taskRun, { kind: "budget_exceeded", message, hint });
  }

  /** `false` = all stages have begun. */
  #beginStage(): boolean {
    const stage = this.#stages.next();
    for (const taskRun of stage?.ready ?? []) this.#scheduler.requeue(taskRun, 0);
    for (const { taskRun, failure } of stage?.blocked ?? []) this.#finish(taskRun, failure);
    return stage !== undefined;
  }

  #emit(body: RunEventBody, emit: RunQueueOptions["emit"]): void {
    try {
      emit(body);
    } catch (bug) {
      this.#unheard = true;
      throw bug;
    }
  }

  /** Takes out everything that has not started. */
  #takeAll(): TaskRun[] {
    return [...this.#scheduler.takeAll(), ...this.#stages.takeAll()];
  }

  /** The task has ended for good. */
  #finish(taskRun: TaskRun, failure: Failure | undefined, waiting = false): void {
    const result = taskRun.record(this.#options.clock.monotonic(), failure, waiting);
    this.#stages.add(result);
    this.#options.emit({ type: "task_finished", task_id: result.task_id, attempt: result.attempts, result });
    if (this.#plan.fail_fast && (result.status === "FAILED" || result.status === "TIMEOUT"))
      this.stop(this.#plan.kind === "chain" ? () => STEP_FAILED : undefined);
  }
}
