// Manages the directories of runs and sessions alike. Finds a directory by a part of its name, which begins with the time of
// its start; removes it in one step unless a process works on it; prunes it when it is old.
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monotonicMs } from "../util/clock.js";
import { nearest } from "../util/nearest.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { describeProblem, lockRun } from "./lock.js";
import { isRunId } from "./store.js";

/** All runs, or all sessions. */
export interface Directories {
  /** Absolute path of the directory that holds all of them; it need not exist. */
  dir: string;
  /** The word for one of them in messages. */
  noun: "run" | "session";
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** Its time is that of the last complete `pruneBeside`. */
const STAMP_FILE = ".pruned";
/** Prefix of a directory that is being removed: it no longer counts as a run or session. */
const REMOVED = ".removed-";

/** The result of a prune. */
export interface Pruned {
  removed: string[];
  problems: string[];
}

/** All names, newest first. Throws if the directory can't be read. */
export function directoryIds({ dir }: Directories): string[] {
  return names(dir).filter(isRunId).sort().reverse();
}

/** Finds one by its name, or by a beginning or end that only one name has. The error says what to do. */
export function findDirectory(all: Directories, part: string): Result<string, string> {
  const { noun } = all;
  const ids = directoryIds(all);
  if (ids.includes(part)) return ok(part);
  const found = part === "" ? [] : ids.filter((id) => id.startsWith(part) || id.endsWith(part));
  const [only, ...others] = found;
  if (only === undefined) {
    const near = nearest(part, ids);
    const meant = near === undefined ? "" : `did you mean "${near}"? `;
    return err(`there is no ${noun} "${part}"; ${meant}\`clinvk ${noun}s list\` shows all`);
  }
  if (others.length === 0) return ok(only);
  const shown = found.slice(0, 10).join(", ");
  return err(`"${part}" fits ${found.length} ${noun}s: ${shown}${found.length > 10 ? ", …" : ""}; give more of the id`);
}

/** How to remove a directory. */
export interface Removal {
  /** Also if a process that can't be seen from here may work on it. */
  force?: boolean;
  /** The command that forces it, for the message. */
  force_command?: string;
}

/** Removes one with everything in it. The error says why it stays: a living process works on it, or the system refuses. */
export function removeDirectory(
  { dir: parent, noun }: Directories,
  id: string,
  { force = false, force_command }: Removal = {},
): Result<void, string> {
  const dir = join(parent, id);
  const locked = lockRun(dir, { force });
  if (!locked.ok) return err(`the ${noun} ${id} is not removed: ${describeProblem(locked.error, force_command)}`);
  const aside = join(parent, `${REMOVED}${id}`);
  try {
    // Rename first: if this process is killed here, no half of a run is left under its name.
    rmSync(aside, { recursive: true, force: true });
    renameSync(dir, aside);
    rmSync(aside, { recursive: true, force: true });
    return ok(undefined);
  } catch (error) {
    return err(`the ${noun} ${id} is not removed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    locked.value.release();
  }
}

/** Which directories are too old. */
export interface Outdated {
  days: number;
  /** Milliseconds since 1970. */
  now: number;
  /** When a directory changed last, in milliseconds since 1970; `undefined` = it must stay. */
  changed(dir: string): number | undefined;
}

/** Removes the directories that changed more than `days` ago. */
export function pruneDirectories(all: Directories, outdated: Outdated): Pruned {
  const result: Pruned = { removed: [], problems: [] };
  for (const _ of pruneSteps(all, directoryIds(all), outdated, result));
  return result;
}

/** Looks at one directory per step. */
function* pruneSteps(
  all: Directories,
  ids: readonly string[],
  { days, now, changed }: Outdated,
  result: Pruned,
): Generator<void> {
  for (const id of ids) {
    yield;
    const time = changed(join(all.dir, id));
    if (time === undefined || now - time <= days * DAY_MILLISECONDS) continue;
    const removed = removeDirectory(all, id);
    if (removed.ok) result.removed.push(id);
    else result.problems.push(removed.error);
  }
}

/** Directories that are being pruned by this process at the moment. */
const underWay = new Set<string>();
/** Removing old directories takes no more than this of the process's time at once, … */
const SLICE_MS = 10;
/** … and so little of it all in all. */
const PAUSE_MS = 40;

/**
 * Prunes once a day, beside the work of this process: it delays neither its start nor its end, and what is left when the
 * process ends is for the next one. 0 days = keep all for ever. Never fails and reports nothing: new work must not suffer
 * because an old directory can't be removed. Resolves when nothing is left to do; nobody needs to wait for it.
 */
export async function pruneBeside(all: Directories, outdated: Outdated): Promise<void> {
  const { dir } = all;
  const { days, now } = outdated;
  if (days <= 0 || underWay.has(dir)) return;
  underWay.add(dir);
  try {
    const stamp = join(dir, STAMP_FILE);
    const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Math.abs(now - last) < DAY_MILLISECONDS) return;
    await pause(0);
    for (const name of names(dir)) {
      if (name.startsWith(REMOVED)) rmSync(join(dir, name), { recursive: true, force: true });
    }
    let end = monotonicMs() + SLICE_MS;
    // The oldest first: a short run may not get any further.
    const ids = directoryIds(all).reverse();
    for (const _ of pruneSteps(all, ids, outdated, { removed: [], problems: [] })) {
      if (monotonicMs() < end) continue;
      await pause(PAUSE_MS);
      end = monotonicMs() + SLICE_MS;
    }
    makeDir(dir);
    writeFileSync(stamp, "", { mode: 0o600 });
    utimesSync(stamp, now / 1000, now / 1000);
  } catch {
    // The next start tries again.
  } finally {
    underWay.delete(dir);
  }
}

/** Does not keep the process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
