// What a run is told from outside. Types only.
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

/** What another process has left of a run. */
export interface ResumedPast {
  finished: RecordsById;
  /** The number of its last event. */
  last_seq: number;
  /** Seconds in which it was worked on; they count in the total duration, the pause since then does not. Default: 0. */
  active_seconds?: number;
  /** It was stopped by its budget, and is resumed on purpose: what was spent before does not count again. */
  renews_budget?: boolean;
}

export interface RunOptions {
  plan: Plan;
  executor: Executor;
  /** Receives every event, in order, synchronously, before what it announces is done. */
  onEvent(event: RunEvent): void;
  /** Aborted = start nothing more, stop what runs, end with a summary. Its `reason` is an `Interruption`. */
  signal?: AbortSignal;
  /** Aborted = what is still being stopped is killed at once. */
  kill?: AbortSignal;
  /** Takes up a run that another process left. */
  resume?: ResumedPast;
  /** What a backend is sent; the parts as they are, one after the other, if not given. */
  promptFor?: PromptFor;
  /** Finds votes in answers; without it none are counted. */
  find?: Find;
  /** Slots that it shares with other runs; without it `max_parallel` is its only limit. */
  pool?: Pool;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}
