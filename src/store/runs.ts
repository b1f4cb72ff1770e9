// All runs of a `$CLINVK_HOME`: list them, find one by a part of its name, remove what is old.
import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { type RunOverview, runOverview } from "../summary/overview.js";
import { emptyRun, fold } from "../summary/summary.js";
import type { Result } from "../util/result.js";
import {
  type Directories,
  directoryIds,
  findDirectory,
  oncePerDay,
  type Pruned,
  pruneDirectories,
  removeDirectory,
} from "./directories.js";
import { JournalReader } from "./journal-reader.js";
import { lockOwner } from "./lock.js";
import { keptOverview } from "./overview.js";
import { EVENTS_FILE, runDir, runsDir } from "./store.js";

const allRuns = (clinvkHome: string): Directories => ({ dir: runsDir(clinvkHome), noun: "run" });

/** The ids of all runs, newest first (an id begins with the time of its start). Throws if they can't be looked at. */
export function runIds(clinvkHome: string): string[] {
  return directoryIds(allRuns(clinvkHome));
}

export interface ListRuns {
  /** How many at most. */
  limit?: number;
  /** Only these. */
  where?(run: RunOverview): boolean;
}

/** The runs, newest first. Complete journals are not read; those of the others are, line by line. */
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
  const kept = keptOverview(dir, runId, journalOf(dir)?.size ?? 0);
  if (kept !== undefined) return kept;
  // Asked for before the journal is read: one that ends meanwhile is then complete.
  const running = lockOwner(dir) !== undefined;
  const state = emptyRun({ keep_content: false });
  try {
    for (const event of new JournalReader(dir, runId).read()) fold(state, event);
  } catch {
    // Nothing is known of it then, and the line says so.
  }
  const overview = runOverview(runId, state);
  return running && state.finished === undefined ? { ...overview, status: "running" } : overview;
}

/** Finds a run by its id, or by a beginning or end of it that only one run has. The error says what to do. */
export function findRun(clinvkHome: string, part: string): Result<string, string> {
  return findDirectory(allRuns(clinvkHome), part);
}

/** Removes a run with everything in it. The error says why not: a living process works on it, or the system refuses. */
export function removeRun(clinvkHome: string, runId: string): Result<void, string> {
  return removeDirectory(allRuns(clinvkHome), runId);
}

/** How long runs are kept if the configuration does not say. */
export const RETENTION_DAYS = 30;

/** Removes the runs in which nothing has happened for more than `days`; running ones stay. */
export function prune(clinvkHome: string, days: number, now = Date.now()): Pruned {
  return pruneDirectories(allRuns(clinvkHome), days, now, (dir) => {
    if (lockOwner(dir) !== undefined) return undefined;
    return (journalOf(dir) ?? statSync(dir, { throwIfNoEntry: false }))?.mtimeMs;
  });
}

/** At the start of a run: prunes, but at most once a day. 0 days = keep all for ever. Never throws, and says nothing. */
export function pruneIfDue(clinvkHome: string, days: number, now = Date.now()): void {
  oncePerDay(allRuns(clinvkHome), days, now, () => prune(clinvkHome, days, now));
}

function journalOf(dir: string): Stats | undefined {
  try {
    return statSync(join(dir, EVENTS_FILE), { throwIfNoEntry: false });
  } catch {
    // Another user's run, for instance.
    return undefined;
  }
}
