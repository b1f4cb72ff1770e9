// Seam 4: the store, which survives a crash. Each run has a directory `$CLINVK_HOME/runs/<run_id>` (0700) with its plan, its
// events and its large answers; the state of a run is a fold over its events.
import { join } from "node:path";
import type { RunEvent } from "../schema/event.js";
import type { Task } from "../schema/task.js";
import type { RunState } from "../summary/summary.js";
import type { Result } from "../util/result.js";

/** The part of a plan that the store uses; it keeps the rest as it is. */
export interface StoredPlan {
  run_id: string;
  tasks: readonly Task[];
  judge?: Task;
}

/** Writes the events of one run to disk: a `Reporter` that gets each event before the run acts on it. */
export interface Journal {
  /** Aborted when another process has taken the run over; nothing is written from then on. Its reason is a sentence. */
  readonly lost: AbortSignal;
  /** Writes every change of state (one `write(2)`) before it returns; an answer that was paid for, and the run's end, are also synced to the disk. */
  onEvent(event: RunEvent): void;
  /** Writes the buffered live text: then the file has every event so far. */
  flush(): void;
  /** Writes the buffered text and releases the run. */
  close(): void;
}

/** A run as read back from its plan and journal. */
export interface StoredRun<P extends StoredPlan = StoredPlan> {
  run_id: string;
  /** Absolute path. */
  dir: string;
  /** The plan with the names but without the values of `env`; the error says why there is none. */
  plan: Result<P, string>;
  state: RunState;
  /** The sequence number with which the journal continues. */
  next_seq: number;
  /** Every byte of the journal is trusted, and no event is missing. While a run is running, its last line may be incomplete. */
  intact: boolean;
  /** Where the last whole line of the journal ends. */
  whole_bytes: number;
  /** Bytes that can't be trusted, in lines of their own or in an incomplete last one. */
  dropped_bytes: number;
  /** What is wrong with the journal first; `undefined` if at most its last line is cut off, as after `kill -9`. */
  damage: string | undefined;
  /** The run's start is lost, without which its other events say nothing. */
  headless: boolean;
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
  return join(runDir(clinvkHome, runId), ANSWERS_DIR);
}

/** Files of a run's directory. */
export const EVENTS_FILE = "events.ndjson";
export const PLAN_FILE = "plan.json";
/** Directory in it. */
export const ANSWERS_DIR = "answers";

/** Whether `name` is the name of a run's directory: not a path that leads elsewhere, and not a hidden file. */
export function isRunId(name: string): boolean {
  return /^[A-Za-z0-9][\w-]*$/.test(name);
}
