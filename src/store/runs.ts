// Lists all runs of a `$CLINVK_HOME`, finds one by a part of its id, and removes old ones.
import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { type RunOverview, runOverview } from "../summary/overview.js";
import { emptyRun, fold, type RunState } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { Result } from "../util/result.js";
import {
  type Directories,
  directoryIds,
  findDirectory,
  type Pruned,
  pruneBeside,
  pruneDirectories,
  type Removal,
  removeDirectory,
} from "./directories.js";
import { JournalReader } from "./journal-reader.js";
import { type Holder, isLocked, lockHolder } from "./lock.js";
import { keepOverview, keptOverview } from "./overview.js";
import { EVENTS_FILE, runDir, runsDir } from "./store.js";

/** A running process that misses two signs of life is worth a word. */
const QUIET_MS = 75_000;

const allRuns = (clinvkHome: string): Directories => ({ dir: runsDir(clinvkHome), noun: "run" });

/** The ids of all runs, newest first (an id begins with the time of its start). Throws if the directory can't be read. */
export function runIds(clinvkHome: string): string[] {
  return directoryIds(allRuns(clinvkHome));
}

export interface ListRuns {
  /** Returns at most this many. */
  limit?: number;
  /** Keeps only runs for which this is true. */
  where?(run: RunOverview): boolean;
}

/** The runs, newest first. Reads only the journals of incomplete runs, line by line. */
export function listRuns(
  clinvkHome: string,
  { limit = Number.POSITIVE_INFINITY, where }: ListRuns = {},
): RunOverview[] {
  const runs: RunOverview[] = [];
  for (const id of runIds(clinvkHome)) {
    if (runs.length >= limit) break;
    const run = overviewOf(clinvkHome, id);
    if (where?.(run) ?? true) runs.push(run);
  }
  return runs;
}

/** One run in one line. A journal that can't be read counts as empty. */
export function overviewOf(clinvkHome: string, runId: string): RunOverview {
  const dir = runDir(clinvkHome, runId);
  const journal = journalOf(dir);
  const kept = journal && keptOverview(dir, runId, journal);
  if (kept !== undefined) return kept;
  const holder = runHolder(clinvkHome, runId);
  const state = emptyRun({ keep_content: false });
  const reader = new JournalReader(dir, runId);
  try {
    for (const event of reader.read()) fold(state, event);
  } catch {
    // The journal can't be read: the overview then shows that nothing is known.
  }
  const overview = overviewFrom(runId, state, holder);
  // It was copied from elsewhere, or lost its overview.
  if (journal && state.finished && holder === undefined && reader.damage === undefined)
    keepOverview(dir, overview, journal);
  return overview;
}

/** The process that works on a run. Ask before its journal is read: a run that ends in between is then complete. */
export function runHolder(clinvkHome: string, runId: string): Holder | undefined {
  return lockHolder(runDir(clinvkHome, runId));
}

/** One run in one line, from its journal and from who works on it. */
export function overviewFrom(runId: string, state: RunState, holder: Holder | undefined): RunOverview {
  const overview = runOverview(runId, state);
  if (holder === undefined || state.finished !== undefined) return overview;
  const { silent_ms } = holder;
  const silent_since = silent_ms > QUIET_MS ? new Date(Date.now() - silent_ms).toISOString() : undefined;
  return { ...overview, status: "running", ...omitUndefined({ silent_since }) };
}

/** Finds a run by its id, or by a beginning or end that only one id has. The error says what to do. */
export function findRun(clinvkHome: string, part: string): Result<string, string> {
  return findDirectory(allRuns(clinvkHome), part);
}

/** Removes a run with everything in it. The error says why it stays: a living process works on it, or the system refuses. */
export function removeRun(clinvkHome: string, runId: string, removal: Removal = {}): Result<void, string> {
  return removeDirectory(allRuns(clinvkHome), runId, removal);
}

/** How long runs are kept if the configuration does not say. */
export const RETENTION_DAYS = 30;

/** Removes the runs whose last event is more than `days` ago; running ones stay. */
export function prune(clinvkHome: string, days: number, now = Date.now()): Pruned {
  return pruneDirectories(allRuns(clinvkHome), { days, now, changed });
}

/** Call at the start of a run: prunes once a day, beside it. 0 days = keep all for ever. */
export function pruneIfDue(clinvkHome: string, days: number, now = Date.now()): Promise<void> {
  return pruneBeside(allRuns(clinvkHome), { days, now, changed });
}

function changed(dir: string): number | undefined {
  if (isLocked(dir)) return undefined;
  return (journalOf(dir) ?? statSync(dir, { throwIfNoEntry: false }))?.mtimeMs;
}

function journalOf(dir: string): Stats | undefined {
  try {
    return statSync(join(dir, EVENTS_FILE), { throwIfNoEntry: false });
  } catch {
    // For example a run of another user.
    return undefined;
  }
}
