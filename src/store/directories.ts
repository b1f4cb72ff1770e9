// What runs and sessions have in common: a directory for each, whose name begins with the time of its start. They are
// found by a part of the name, removed in one step unless a process works on them, and pruned once a day.
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../util/nearest.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { describeOwner, lockRun } from "./lock.js";
import { isRunId } from "./store.js";

/** Directories of one kind. */
export interface Shelf {
  /** Absolute path of the directory that holds them; need not exist. */
  dir: string;
  /** How messages call one of them. */
  noun: "run" | "session";
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** Touched by `pruneIfDue`. */
const STAMP_FILE = ".pruned";
/** What is being removed has this in front of its name, so that nobody takes it for one of them. */
const REMOVED = ".removed-";

/** What a prune has done. */
export interface Pruned {
  removed: string[];
  problems: string[];
}

/** All names, newest first. Throws if they can't be looked at. */
export function idsOn({ dir }: Shelf): string[] {
  return names(dir).filter(isRunId).sort().reverse();
}

/** Finds one by its name, or by a beginning or end of it that only one has. The error says what to do. */
export function findOn(shelf: Shelf, part: string): Result<string, string> {
  const { noun } = shelf;
  const ids = idsOn(shelf);
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

/** Removes one with everything in it. The error says why not: a living process works on it, or the system refuses. */
export function removeFrom({ dir: shelf, noun }: Shelf, id: string): Result<void, string> {
  const dir = join(shelf, id);
  const locked = lockRun(dir);
  if (!locked.ok) {
    const { error } = locked;
    const held = error.kind === "held";
    return err(`the ${noun} ${id} is not removed: ${held ? describeOwner(error.owner) : error.message}`);
  }
  const aside = join(shelf, `${REMOVED}${id}`);
  try {
    // In one step out of everybody's sight: a process that is cut off here leaves no half of it.
    rmSync(aside, { recursive: true, force: true });
    renameSync(dir, aside);
    rmSync(aside, { recursive: true, force: true });
    return ok(undefined);
  } catch (error) {
    locked.value.release();
    return err(`the ${noun} ${id} is not removed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Removes those that `changed` more than `days` ago, in milliseconds since 1970; `undefined` = it must stay. */
export function pruneShelf(
  shelf: Shelf,
  days: number,
  now: number,
  changed: (dir: string) => number | undefined,
): Pruned {
  const result: Pruned = { removed: [], problems: [] };
  for (const id of idsOn(shelf)) {
    const time = changed(join(shelf.dir, id));
    if (time === undefined || now - time <= days * DAY_MILLISECONDS) continue;
    const removed = removeFrom(shelf, id);
    if (removed.ok) result.removed.push(id);
    else result.problems.push(removed.error);
  }
  return result;
}

/**
 * Calls `prune` at most once a day; otherwise it costs one `stat`. 0 days = keep all for ever. Never throws, and says
 * nothing: new work must not fail because something old can't be removed.
 */
export function onceADay({ dir }: Shelf, days: number, now: number, prune: () => void): void {
  if (days <= 0) return;
  const stamp = join(dir, STAMP_FILE);
  try {
    const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Math.abs(now - last) < DAY_MILLISECONDS) return;
    makeDir(dir);
    writeFileSync(stamp, "", { mode: 0o600 });
    utimesSync(stamp, now / 1000, now / 1000);
    for (const name of names(dir)) {
      if (name.startsWith(REMOVED)) rmSync(join(dir, name), { recursive: true, force: true });
    }
    prune();
  } catch {
    // The next one tries again.
  }
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
