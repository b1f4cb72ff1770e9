// The options and signals that a run gets from its caller. Types only.
import type { Executor } from "../executors/executor.js";
import type { Plan } from "../plan/plan.js";
import type { RunEvent } from "../schema/event.js";
import type { Clock } from "../util/clock.js";
import type { PromptFor } from "./prompts.js";
import type { Pool } from "./shared-pool.js";
import type { RecordsById } from "./stages.js";
import type { Find } from "./vote.js";

/** Why a run was ended from outside. */
export type Interruption = "SIGINT" | "SIGTERM" | "SIGHUP" | "abort" | "output_closed";

/** The state of a run that another process has begun. */
export interface ResumedPast {
  finished: RecordsById;
  /** The number of its last event. */
  last_seq: number;
  /** Seconds in which processes have worked on the run. They count towards the total duration; the pauses between do not. Default: 0. */
  active_seconds?: number;
  /** The budget stopped the run, and the user resumes it on purpose: earlier spending no longer counts. */
  renews_budget?: boolean;
}

export interface RunOptions {
  plan: Plan;
  executor: Executor;
  /** Receives every event, in order and synchronously. The run acts on an event only after this returns. */
  onEvent(event: RunEvent): void;
  /** Aborted = start nothing more, stop what runs, end with a summary. Its `reason` is an `Interruption`. */
  signal?: AbortSignal;
  /** Aborted = attempts that are still stopping are killed at once. */
  kill?: AbortSignal;
  /** A sentence for a warning, if it comes while the run is under way. */
  warned?: Promise<string>;
  /** Resumes a run that another process has begun. */
  resume?: ResumedPast;
  /** Makes the text for a backend. Default: the parts as they are, one after the other. */
  promptFor?: PromptFor;
  /** Finds votes in answers; without it no votes are counted. */
  find?: Find;
  /** Slots that the run shares with other runs; without them `max_parallel` is the only limit. */
  pool?: Pool;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}
