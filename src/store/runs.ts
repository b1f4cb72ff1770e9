// All runs of a `$CLINVK_HOME`: list them, find one by a part of its name, remove what is old.
import { readdirSync, renameSync, rmSync, type Stats, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDir } from "../util/make-dir.js";
import { err, ok, type Result } from "../util/result.js";
import { describeOwner, lockOwner, lockRun } from "./lock.js";
import { keptOverview, Tally } from "./overview.js";
import { JournalReader } from "./reader.js";
import { EVENTS_FILE, isRunId, type RunOverview, runDir, runsDir } from "./store.js";

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** Touched by `pruneIfDue`. */
const STAMP_FILE = ".pruned";
/** What is being removed has this in front of its name, so that nobody takes it for a run. */
const REMOVED = ".removed-";

/** The ids of all runs, newest first (an id begins with the time of its start). Throws if they can't be looked at. */
export function runIds(clinvkHome: string): string[] {
  return names(clinvkHome).filter(isRunId).sort().reverse();
}

/** The runs, newest first, at most `limit`. Complete journals are not read; those of the others are, line by line. */
export function listRuns(clinvkHome: string, limit = Number.POSITIVE_INFINITY): RunOverview[] {
  return runIds(clinvkHome)
    .slice(0, limit)
    .map((id) => overviewOf(clinvkHome, id));
}

/** One run in one line. A journal that can't be read counts as empty. */
export function overviewOf(clinvkHome: string, runId: string): RunOverview {
  const dir = runDir(clinvkHome, runId);
  const kept = keptOverview(dir, runId, journalOf(dir)?.size ?? 0);
  if (kept !== undefined) return kept;
  // Asked for before the journal is read: one that ends meanwhile is then complete.
  const running = lockOwner(dir) !== undefined;
  const tally = new Tally(runId);
  try {
    for (const event of new JournalReader(join(dir, EVENTS_FILE), runId).read()) tally.add(event);
  } catch {
    // Nothing is known of it then, and the line says so.
  }
  const overview = tally.overview();
  return running && !tally.ended ? { ...overview, status: "running" } : overview;
}

/** Finds a run by its id, or by a beginning or end of it that only one run has. The error says what to do. */
export function findRun(clinvkHome: string, part: string): Result<string, string> {
  const ids = runIds(clinvkHome);
  if (ids.includes(part)) return ok(part);
  const found = part === "" ? [] : ids.filter((id) => id.startsWith(part) || id.endsWith(part));
  const [only, ...others] = found;
  if (only === undefined) return err(`there is no run "${part}"; \`clinvk runs list\` shows all`);
  if (others.length === 0) return ok(only);
  const shown = found.slice(0, 10).join(", ");
  return err(`"${part}" fits ${found.length} runs: ${shown}${found.length > 10 ? ", …" : ""}; give more of the id`);
}

/** Removes a run with everything in it. The error says why not: a living process works on it, or the system refuses. */
export function removeRun(clinvkHome: string, runId: string): Result<void, string> {
  const dir = runDir(clinvkHome, runId);
  const locked = lockRun(dir);
  if (!locked.ok) {
    const { error } = locked;
    const held = error.kind === "held";
    return err(`the run ${runId} is not removed: ${held ? `${describeOwner(error.owner)}` : error.message}`);
  }
  const aside = join(runsDir(clinvkHome), `${REMOVED}${runId}`);
  try {
    // In one step out of everybody's sight: a process that is cut off here leaves no half of a run.
    rmSync(aside, { recursive: true, force: true });
    renameSync(dir, aside);
    rmSync(aside, { recursive: true, force: true });
    return ok(undefined);
  } catch (error) {
    locked.value.release();
    return err(`the run ${runId} is not removed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** How long runs are kept if the configuration does not say. */
export const RETENTION_DAYS = 30;

/** What a prune has done. */
export interface Pruned {
  removed: string[];
  problems: string[];
}

/** Removes the runs in which nothing has happened for more than `days`; running ones stay. */
export function prune(clinvkHome: string, days: number, now = Date.now()): Pruned {
  const result: Pruned = { removed: [], problems: [] };
  for (const id of runIds(clinvkHome)) {
    const dir = runDir(clinvkHome, id);
    const changed = (journalOf(dir) ?? statSync(dir, { throwIfNoEntry: false }))?.mtimeMs;
    if (changed === undefined || now - changed <= days * DAY_MILLISECONDS || lockOwner(dir) !== undefined) continue;
    const removed = removeRun(clinvkHome, id);
    if (removed.ok) result.removed.push(id);
    else result.problems.push(removed.error);
  }
  return result;
}

/**
 * At the start of a run: prunes, but at most once a day; otherwise it costs one `stat`. 0 days = keep all for ever.
 * Never throws, and says nothing: a run must not fail because an old one can't be removed.
 */
export function pruneIfDue(clinvkHome: string, days: number, now = Date.now()): void {
  if (days <= 0) return;
  const stamp = join(runsDir(clinvkHome), STAMP_FILE);
  try {
    const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Math.abs(now - last) < DAY_MILLISECONDS) return;
    makeDir(runsDir(clinvkHome));
    writeFileSync(stamp, "", { mode: 0o600 });
    utimesSync(stamp, now / 1000, now / 1000);
    for (const name of names(clinvkHome)) {
      if (name.startsWith(REMOVED)) rmSync(join(runsDir(clinvkHome), name), { recursive: true, force: true });
    }
    prune(clinvkHome, days, now);
  } catch {
    // The next run tries again.
  }
}

function names(clinvkHome: string): string[] {
  try {
    return readdirSync(runsDir(clinvkHome));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

function journalOf(dir: string): Stats | undefined {
  try {
    return statSync(join(dir, EVENTS_FILE), { throwIfNoEntry: false });
  } catch {
    // Another user's run, for instance.
    return undefined;
  }
}
