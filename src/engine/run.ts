// Runs a Plan on an Executor and emits the events of the run. Owns all that must not leak: running attempts, slots of a
// pool, timers. `run-queue.ts` decides what happens to which task.
import { setMaxListeners } from "node:events";
import type { Attempt } from "../executors/executor.js";
import type { Plan } from "../plan/plan.js";
import type { RunEventBody } from "../schema/event.js";
import { EVENT_VERSION } from "../schema/event-version.js";
import { type Failure, failureOfBug } from "../schema/failure.js";
import type { Vote } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import { type Clock, momentOf, systemClock } from "../util/clock.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { Result } from "../util/result.js";
import { limitTime } from "./attempt-timeout.js";
import { attemptOfBug, progressEvent, startedEvent, unsentAttempt } from "./records.js";
import type { Interruption, RunOptions } from "./run-options.js";
import { RunQueue } from "./run-queue.js";
import type { Slots } from "./shared-pool.js";
import type { RecordsById } from "./stages.js";
import type { TaskRun } from "./task-run.js";
import { countVotes } from "./vote.js";

/**
 * Runs a plan to its end. Resolves when every task has its `task_finished` and no process is left. An executor that
 * throws fails its task, and so does a bug in what follows from an attempt. Rejects if a receiver of events throws, after the
 * run has stopped its attempts and given back its slots.
 */
export function run(options: RunOptions): Promise<void> {
  return new Run(options).toEnd();
}

/** Clocks jump (sleep, NTP), so a long wait checks the time again at least this often. */
const LONGEST_TIMER_MS = 60_000;
const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

/** A running attempt. */
interface Active {
  stop: AbortController;
  /** Resolves when it has ended. */
  ended: Promise<void>;
}

class Run {
  readonly #options: RunOptions;
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #began: number;
  readonly #pastSeconds: number;
  readonly #queue: RunQueue;
  readonly #active = new Map<TaskRun, Active>();
  readonly #slots: Slots | undefined;
  /** What has happened and is not handled yet; the first entry is being handled. */
  readonly #inputs: (() => void)[] = [];
  #cancelTimer: (() => void) | undefined;
  #seq: number;
  /** Set as long as tasks may start. */
  #end: { resolve(): void; reject(bug: unknown): void } | undefined;

  constructor(options: RunOptions) {
    const { plan, resume, clock = systemClock, random = Math.random, promptFor } = options;
    this.#options = options;
    this.#plan = plan;
    this.#clock = clock;
    this.#began = clock.monotonic();
    this.#pastSeconds = resume?.active_seconds ?? 0;
    this.#seq = resume?.last_seq ?? 0;
    const finished: RecordsById = resume?.finished ?? new Map();
    const emit = (body: RunEventBody) => this.#emit(body);
    const charged = resume?.renews_budget ? [] : [...finished.values()];
    this.#queue = new RunQueue({ plan, finished, charged, clock, random, promptFor, emit });
    if (options.kill) setMaxListeners(0, options.kill);
    this.#slots = options.pool?.join(() => this.#take(() => {}));
  }

  async toEnd(): Promise<void> {
    const { signal, executor } = this.#options;
    try {
      this.#announce();
      const unfit = this.#plan.fail_fast ? this.#firstPreflightFailure() : undefined;
      if (unfit) this.#queue.refuse(unfit.task, unfit.failure);
      else await this.#runTasks();
    } finally {
      this.#slots?.leave();
      await executor.close();
    }
    const reason = signal?.aborted ? ((signal.reason as Interruption | undefined) ?? "abort") : undefined;
    const vote = reason === undefined ? await this.#vote() : undefined;
    this.#emit({
      type: "run_finished",
      ...omitUndefined({ interrupted_by: reason, vote }),
      total_duration_seconds: Math.round(this.#pastSeconds * 1000 + this.#clock.monotonic() - this.#began) / 1000,
    });
  }

  #announce(): void {
    const remaining = this.#queue.tasks.map(({ id }) => id);
    this.#emit(this.#options.resume ? { type: "run_resumed", remaining } : startedEvent(this.#plan));
    for (const message of this.#plan.warnings) this.#emit({ type: "warning", message });
    void this.#options.warned?.then((message) => this.#orReject(() => this.#emit({ type: "warning", message })));
  }

  /** Under fail-fast, a single task that can't start keeps the whole run from starting. */
  #firstPreflightFailure(): { task: Task; failure: Failure } | undefined {
    for (const task of this.#queue.tasks) {
      const failure = this.#preflight(task);
      if (failure) return { task, failure };
    }
    return undefined;
  }

  #preflight(task: Task): Failure | undefined {
    try {
      return this.#options.executor.preflight(task);
    } catch (bug) {
      return failureOfBug(bug);
    }
  }

  /** Resolves when all tasks have ended. Afterwards no attempt runs and no timer is set, even after a bug. */
  async #runTasks(): Promise<void> {
    const { signal } = this.#options;
    const limit = this.#plan.deadline_seconds;
    const interrupt = () => this.#take(() => this.#queue.stop());
    const cancelDeadline =
      limit > 0 ? this.#clock.after(limit * 1000, () => this.#take(() => this.#queue.stopByDeadline())) : undefined;
    signal?.addEventListener("abort", interrupt);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = { resolve, reject };
        this.#take(() => signal?.aborted && this.#queue.stop());
      });
    } finally {
      this.#end = undefined;
      signal?.removeEventListener("abort", interrupt);
      cancelDeadline?.();
      this.#cancelTimer?.();
      // Some are left only after a bug.
      for (const { stop } of this.#active.values()) stop.abort(ENDED_BY_BUG);
      await Promise.all([...this.#active.values()].map(({ ended }) => ended));
    }
  }

  /**
   * Everything that happens to the run comes in here: an attempt ends, a slot becomes free, a timer fires, a person
   * interrupts. Inputs are handled one after the other. A receiver of an event may cause another input: it waits its turn.
   */
  #take(input: () => void): void {
    if (this.#inputs.push(input) > 1) return;
    for (let next = this.#inputs[0]; next; next = this.#inputs[0]) {
      this.#orReject(() => {
        next?.();
        this.#advance();
      });
      this.#inputs.shift();
    }
  }

  /** A bug ends the run. */
  #orReject(act: () => void): void {
    try {
      if (this.#end) act();
    } catch (bug) {
      this.#end?.reject(bug);
      this.#end = undefined;
    }
  }

  /** Starts the tasks that may start, sets a timer for later ones, and stops attempts that must stop. */
  #advance(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (;;) {
      const now = momentOf(this.#clock);
      const wait = this.#queue.nextStart(now);
      if (this.#queue.stopReason) for (const { stop } of this.#active.values()) stop.abort(this.#queue.stopReason);
      if (wait === undefined) {
        if (this.#active.size === 0) this.#end?.resolve();
        return;
      }
      if (wait > 0) {
        this.#cancelTimer = this.#clock.after(Math.min(wait, LONGEST_TIMER_MS), () => this.#take(() => {}));
        return;
      }
      // No slot is free: the pool calls as soon as there is one.
      if (this.#slots?.take() === false) return;
      this.#start(this.#queue.start(now));
    }
  }

  #start(taskRun: TaskRun): void {
    const prompt = this.#queue.promptOf(taskRun);
    if (!prompt.ok && prompt.error.kind === "lost") {
      this.#slots?.give();
      this.#queue.failed(taskRun, prompt.error);
      return;
    }
    taskRun.begin(momentOf(this.#clock));
    const stop = new AbortController();
    const ended = this.#attempt(taskRun, prompt, stop).then((attempt) =>
      this.#take(() => {
        this.#active.delete(taskRun);
        this.#slots?.give();
        this.#queue.ended(taskRun, attempt);
      }),
    );
    this.#active.set(taskRun, { stop, ended });
  }

  /** Never rejects: if the executor throws, the attempt has failed. */
  async #attempt(taskRun: TaskRun, prompt: Result<string, Failure>, stop: AbortController): Promise<Attempt> {
    // This counts as a failed attempt, because a fallback may take a longer prompt.
    if (!prompt.ok) return unsentAttempt(prompt.error);
    const { executor, kill = NEVER } = this.#options;
    const { task, attempts: attempt, previousFailure: previous_failure } = taskRun;
    const time = limitTime(task, this.#clock, (failure) => stop.abort(failure));
    try {
      return await executor.execute(
        {
          run_id: this.#plan.run_id,
          task: prompt.value === task.prompt ? task : { ...task, prompt: prompt.value },
          attempt,
          ...omitUndefined({ previous_failure }),
        },
        {
          signal: stop.signal,
          kill,
          onProgress: (progress) => {
            time.progress(progress);
            this.#orReject(() => this.#emit(progressEvent(task.id, attempt, progress)));
            const answers = progress.type === "text" || progress.type === "tool_call";
            if (answers && !taskRun.hasAnswered) this.#take(() => this.#queue.answered(taskRun));
          },
          onAlive: time.alive,
          onCliEnded: time.cliEnded,
        },
      );
    } catch (bug) {
      return attemptOfBug(bug);
    } finally {
      time.dispose();
    }
  }

  async #vote(): Promise<Vote | undefined> {
    const { plan, find } = this.#options;
    const warn = (message: string, task_id?: string) =>
      this.#emit({ type: "warning", message, ...omitUndefined({ task_id }) });
    return plan.vote && find ? countVotes(plan.vote, this.#queue.records, find, warn) : undefined;
  }

  #emit(body: RunEventBody): void {
    this.#seq += 1;
    const time = new Date(this.#clock.now()).toISOString();
    this.#options.onEvent({ v: EVENT_VERSION, seq: this.#seq, time, run_id: this.#plan.run_id, ...body });
  }
}

const ENDED_BY_BUG: Failure = { kind: "canceled", message: "the run ended because of a bug in clinvk" };
