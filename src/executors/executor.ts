// Seam 2: the place where an attempt runs. Interface only: the engine knows no more about executors than this.
import type { Outcome, Progress } from "../backends/shared/backend.js";
import type { Failure } from "../schema/failure.js";
import type { ContentFile } from "../schema/result.js";
import type { Task } from "../schema/task.js";

/** One attempt at one task; serialisable, so that a queue could carry it. */
export interface Job {
  run_id: string;
  task: Task;
  /** From 1. */
  attempt: number;
  /** Why the attempt before failed, if it ran in this run at the same backend. */
  previous_failure?: Failure;
}

/** What an attempt reports while it runs. */
export type ExecutorProgress =
  | { type: "started"; command: string }
  | { type: "stderr"; text: string }
  | Exclude<Progress, { type: "text_reset" | "complete" }>;

/** How an attempt ended. The answer is `content`, or `content_file` if it is larger than 256 KiB. */
export interface Attempt {
  /** Absent = it succeeded. */
  failure?: Failure;
  /** The CLI's own exit code; `null` if a signal ended it or it never ran. */
  exit_code: number | null;
  signal: NodeJS.Signals | null;
  content: string;
  content_file?: ContentFile;
  outcome: Omit<Outcome, "text" | "structured">;
  /** The agent used tools that may have changed something. */
  may_have_written: boolean;
  /** Whether the attempt changed a file, according to its tool calls; `null` = they don't tell. */
  edited: boolean | null;
  /** The answer as a value, if the task has an `output_schema`. */
  structured?: unknown;
  /** After `schema_invalid`: the prompt that asks for the same answer in the right form. */
  repair_prompt?: string;
  /** The CLI was not started, and later it may be. */
  unstarted?: Unstarted;
  /** Shell-quoted; set by the dry run. */
  command?: string;
}

/**
 * `gone`: the file of the CLI is missing. `exhausted`: the system has no process, descriptor or memory left. `announced`: the
 * start was reported before it failed.
 */
export interface Unstarted {
  why: "gone" | "exhausted";
  announced: boolean;
}

export interface ExecuteOptions {
  /** Aborted = stop this attempt (TERM, grace period, KILL) and resolve; its failure is then the signal's `reason`. */
  signal: AbortSignal;
  /** Aborted = stop at once, without a grace period. */
  kill: AbortSignal;
  onProgress(progress: ExecutorProgress): void;
  /** The CLI has printed something, whatever it is. */
  onAlive?(): void;
  /** The CLI and its processes have ended; what follows are checks of the answer. */
  onCliEnded?(): void;
}

export interface Executor {
  /** Finds a failure that every attempt at this task would have, without starting anything. */
  preflight(task: Task): Failure | undefined;
  /** Never rejects because a task failed. A rejection is a bug: it fails the task and becomes its failure. */
  execute(job: Job, options: ExecuteOptions): Promise<Attempt>;
  /** Ends the run: afterwards none of its processes is left. */
  close(): Promise<void>;
}
