// Tracks one task through a run: its attempts so far, and what the next one would be. Only its own methods change it.
import type { Attempt } from "../executors/executor.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import type { Usage } from "../schema/usage.js";
import type { Moment } from "../util/clock.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { Spending } from "./budget.js";
import { Streak } from "./patience.js";
import { endedRecord, unstartedRecord } from "./records.js";
import type { Situation } from "./retry.js";
import type { Entry } from "./scheduler.js";

export class TaskRun implements Entry {
  readonly index: number;
  /** The task as the file asks for it. */
  readonly asked: Task;
  /** Its own failures in a row that pass by themselves; while its backend throttles, the backend's count. */
  readonly failing = new Streak();
  readonly #spending = new Spending();
  #task: Task;
  #fallbacks: readonly Task[];
  #attempts = 0;
  #retries = 0;
  #waits = 0;
  #repaired = false;
  #repairPrompt: string | undefined;
  #started: Moment | undefined;
  #hasAnswered = false;
  #last: Attempt | undefined;
  #failure: Failure | undefined;

  constructor(task: Task) {
    this.index = task.index;
    this.asked = task;
    this.#task = task;
    this.#fallbacks = task.fallbacks;
  }

  /** The variant that runs now: the task itself, or a fallback. */
  get task(): Task {
    return this.#task;
  }

  get backend(): Task["backend"] {
    return this.#task.backend;
  }

  /** How many attempts have begun. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Replaces the prompt of the next attempt. */
  get repairPrompt(): string | undefined {
    return this.#repairPrompt;
  }

  get hasFallback(): boolean {
    return this.#fallbacks.length > 0;
  }

  /** Why the last attempt at the present backend failed. */
  get previousFailure(): Failure | undefined {
    return this.#failure;
  }

  /** The task's own budget is used up. */
  get isOverBudget(): boolean {
    return this.#spending.exceeds(this.#task) !== undefined;
  }

  /** What `decide` needs to know about the attempts so far. */
  get history(): Pick<Situation, "task" | "repaired" | "retries" | "waits" | "has_fallback"> {
    return {
      task: this.#task,
      repaired: this.#repaired,
      retries: this.#retries,
      waits: this.#waits,
      has_fallback: this.hasFallback,
    };
  }

  /** Whether its latest attempt has begun to answer. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** An attempt begins. */
  begin(now: Moment): void {
    this.#attempts += 1;
    this.#started ??= now;
    this.#hasAnswered = false;
  }

  /** The attempt has begun to answer. */
  answer(): void {
    this.#hasAnswered = true;
  }

  /** The attempt has not begun after all. */
  unbegin(): void {
    this.#attempts -= 1;
    if (this.#attempts === 0) this.#started = undefined;
  }

  /** The attempt has ended. */
  end(attempt: Attempt): void {
    this.#last = attempt;
    this.#failure = attempt.failure;
    this.#repairPrompt = undefined;
  }

  /** What the ended attempt cost, in US dollars; `null` = unknown. */
  spend(cost: number | null, usage: Usage | null): void {
    this.#spending.add(cost, usage);
  }

  /** The next attempt counts as one of the task's `retries`. */
  retry(): void {
    this.#retries += 1;
  }

  /** The next attempt asks for the same answer in the right form. */
  repair(prompt: string): void {
    this.#repaired = true;
    this.#repairPrompt = prompt;
  }

  /** The next attempt waits for a quota. */
  wait(): void {
    this.#waits += 1;
  }

  /** Why it does not start, or not again, in a run that ended; `ended` says why the run did. */
  notStarted(ended = "the run ended"): Failure {
    const cause = this.#failure === undefined ? "" : `: ${this.#failure.message}`;
    const what = this.#attempts === 0 ? "started" : `tried again${cause}`;
    return { kind: "canceled", message: `${ended} before it was ${what}` };
  }

  /** The next attempt runs at the next backend of the list, with a fresh count of retries. */
  fallBack(): void {
    const [next, ...rest] = this.#fallbacks;
    if (!next) return;
    this.#task = next;
    this.#fallbacks = rest;
    this.failing.end();
    this.#retries = 0;
    this.#waits = 0;
    this.#repairPrompt = undefined;
    this.#failure = undefined;
  }

  /** The task's record if it ends at `now`, monotonic. `failure`: why it failed. `waiting`: it waits for a quota and can start again later. */
  record(now: number, failure: Failure | undefined, waiting = false): TaskRecord {
    if (!this.#last || !this.#started) return unstartedRecord(this.#task, failure ?? this.notStarted(), waiting);
    return endedRecord({
      task: this.#task,
      attempt: this.#last,
      ...omitUndefined({ failure }),
      attempts: this.#attempts,
      started: this.#started.wall,
      // Not by the moment of its end: the machine's time may have been set meanwhile.
      duration_ms: now - this.#started.monotonic,
      cost_usd: this.#spending.cost_usd,
      ...omitUndefined({ fallback_from: this.#task === this.asked ? undefined : this.asked.backend }),
      waiting,
    });
  }
}
