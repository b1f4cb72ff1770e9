// Seam 4: what survives a crash. Each run has a directory `$CLINVK_HOME/runs/<run_id>` (0700) with its plan, its events
// and its large answers; everything that is known of a run is a fold over its events.
import { join } from "node:path";
import type { RunEvent } from "../schema/event.js";
import type { Task } from "../schema/task.js";
import type { RunState } from "../summary/summary.js";
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
  /** Writes what waits, and releases the run. */
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
