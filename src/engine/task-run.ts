// One task on its way through a run: its attempts so far, and what the next one would be.
import type { Attempt } from "../executors/executor.js";
import type { Task } from "../schema/task.js";
import { Spending } from "./budget.js";
import type { Entry } from "./scheduler.js";

export class Turn implements Entry {
  readonly index: number;
  /** As it was asked for. */
  readonly asked: Task;
  /** The variant that is tried now: the task itself, or a fallback. */
  task: Task;
  attempts = 0;
  /** Retries used, of those that a policy allows. */
  retries = 0;
  /** How often it waited for a quota. */
  waits = 0;
  repaired = false;
  /** Replaces the prompt of the next attempt. */
  repair_prompt: string | undefined;
  /** Milliseconds since 1970. */
  started = 0;
  last: Attempt | undefined;
  readonly spending = new Spending();
  #fallbacks: readonly Task[];

  constructor(task: Task) {
    this.index = task.index;
    this.asked = task;
    this.task = task;
    this.#fallbacks = task.fallbacks;
  }

  get lane(): string {
    return this.task.backend;
  }

  get hasFallback(): boolean {
    return this.#fallbacks.length > 0;
  }

  /** Turns to the next backend of the list, with a new account of retries. */
  fallBack(): void {
    const [next, ...rest] = this.#fallbacks;
    if (!next) return;
    this.task = next;
    this.#fallbacks = rest;
    this.retries = 0;
    this.waits = 0;
    this.repair_prompt = undefined;
  }
}
