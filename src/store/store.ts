// Seam 4: what survives a crash. Each run has a directory `$CLINVK_HOME/runs/<run_id>` (0700) with its plan, its events
// and its large answers; everything that is known of a run is a fold over its events.
import { join } from "node:path";
import type { RunEvent, RunKind } from "../schema/event.js";
import type { BackendName, Task } from "../schema/task.js";
import type { Counts, RunState } from "../summary/summary.js";
import type { Result } from "../util/result.js";

/** What the store must know of a plan; the rest of it is kept as it is. */
export interface StoredPlan {
  run_id: string;
  tasks: readonly Task[];
  judge?: Task;
}

/** The events of one run on their way to disk; a `Reporter` that is given each event before it is acted on. */
export interface Journal {
  /** Has written every change of state (one `write(2)`) when it returns; a finished task is also synced to the disk. */
  onEvent(event: RunEvent): void;
  /** Writes the live text that waits for more of it: then the file has every event so far. */
  flush(): void;
  /** Writes what waits and gives the run free for others. */
  close(): void;
}

/** What a journal that was read back tells. */
export interface StoredRun<P extends StoredPlan = StoredPlan> {
  run_id: string;
  /** Absolute path. */
  dir: string;
  /** The plan with the names but without the values of `env`; the error says why there is none. */
  plan: Result<P, string>;
  state: RunState;
  /** ISO 8601 time of the last event; `undefined` without events. */
  last_event_time: string | undefined;
  /** The sequence number with which the journal goes on. */
  next_seq: number;
  /** Every byte of the journal is trusted. While a run is under way its last line may be incomplete. */
  intact: boolean;
  trusted_bytes: number;
  /** What follows the first line that can't be trusted, that line included. */
  dropped_bytes: number;
  /** Why that line can't be trusted; `undefined` if it is merely cut off before its end, as `kill -9` leaves it. */
  damage: string | undefined;
  /** The trusted events, read line by line. */
  events(): Generator<RunEvent, void, undefined>;
}

/**
 * `running`: a living process works on it. `interrupted`: it ended before its tasks did. `waiting`: tasks wait for a
 * quota. `finished`: every task has ended.
 */
export type RunStatus = "running" | "interrupted" | "waiting" | "finished";

/** One line of a list of runs. */
export interface RunOverview {
  run_id: string;
  kind: RunKind;
  /** As in `run_started`; absent also in what older versions recorded. */
  name?: string;
  status: RunStatus;
  counts: Counts;
  /** ISO 8601, UTC; `null` if nothing was recorded. */
  start_time: string | null;
  /** Time of the last event, whatever it was. */
  last_event_time: string | null;
  /** As the run told at its end; of one that has not ended, the time from its first to its last event. */
  duration_seconds: number;
  offline: boolean;
  dry_run?: boolean;
  /** Absolute path. */
  directory?: string;
  /** Those that the tasks and the judge were planned for, each once. */
  backends?: BackendName[];
}

/** The directory that holds all runs. */
export function runsDir(clinvkHome: string): string {
  return join(clinvkHome, "runs");
}

/** The directory of one run. */
export function runDir(clinvkHome: string, runId: string): string {
  return join(runsDir(clinvkHome), runId);
}

/** Where the large answers of a run are kept. */
export function answersDir(clinvkHome: string, runId: string): string {
  return join(runDir(clinvkHome, runId), "answers");
}

/** Files of a run's directory. */
export const EVENTS_FILE = "events.ndjson";
export const PLAN_FILE = "plan.json";

/** Is `name` the name of a run's directory? Nothing that leads elsewhere, and no hidden file, is one. */
export function isRunId(name: string): boolean {
  return /^[A-Za-z0-9][\w-]*$/.test(name);
}
