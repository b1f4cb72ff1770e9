// The scratch directories of runs, under `$CLINVK_HOME/tmp`: one per run, one per attempt inside, all removed afterwards.
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScratchFile } from "../backends/shared/backend.js";
import { type ProcessId, thisProcess } from "../process/owner.js";
import { makeDir } from "../util/new-files.js";

/** Which process a run's directory belongs to, and how to find what that process has started. */
export interface ScratchOwner extends ProcessId {
  /** `ProcessRun.marker`. */
  marker: string;
  /** `ProcessRun.oldest`. */
  oldest: number;
}

/** Name of the file that holds the `ScratchOwner`. */
export const OWNER_FILE = "owner";

/** Where the directories of all runs are. */
export function scratchRoot(clinvkHome: string): string {
  return join(clinvkHome, "tmp");
}

/**
 * Makes a run's directory. Its name is never used again, not even when the run is resumed: a process that has found it
 * abandoned may remove it at any later time.
 */
export function openRunScratch(
  clinvkHome: string,
  runId: string,
  run: Pick<ScratchOwner, "marker" | "oldest">,
): string {
  const dir = join(scratchRoot(clinvkHome), `${runId}-${run.marker.slice(0, 8)}`);
  makeDir(scratchRoot(clinvkHome));
  mkdirSync(dir, { mode: 0o700 });
  const owner: ScratchOwner = { ...thisProcess(), marker: run.marker, oldest: run.oldest };
  try {
    writeFileSync(join(dir, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
  } catch (error) {
    // A full disk: the next attempt may have more luck.
    removeScratch(dir);
    throw error;
  }
  return dir;
}

/** Makes one attempt's directory, with an empty `tmp` in it for the CLI's temporary files. */
export function makeAttemptScratch(dir: string): void {
  makeDir(join(dir, "tmp"));
}

/** Whether an attempt's directory is as `makeAttemptScratch` made it. */
export function isPristine(dir: string): boolean {
  try {
    const entries = readdirSync(dir);
    return entries.length === 1 && entries[0] === "tmp" && readdirSync(join(dir, "tmp")).length === 0;
  } catch {
    return false;
  }
}

/** Writes what an invocation needs. A link whose target does not exist is left out. */
export function writeScratchFiles(files: readonly ScratchFile[]): void {
  for (const file of files) {
    makeDir(dirname(file.path));
    if ("removed" in file) rmSync(file.path, { recursive: true, force: true });
    else if ("content" in file) writeFileSync(file.path, file.content, { mode: 0o600 });
    // Through a dangling link a CLI could make files in the user's own home.
    else if (existsSync(file.link_to)) makeLink(file.link_to, file.path);
  }
}

/** The home of a session has the links of the turn before, or what the CLI has put in their place: a directory stays. */
function makeLink(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/**
 * Removes the lock directories (`NAME.lock`) that a CLI has left in `dir`. Only what lies in `dir` itself: behind a link
 * are the user's own files, which another process may have locked.
 */
export function removeLocks(dir: string): void {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory() && entry.name.endsWith(".lock")) remove(join(dir, entry.name));
  } catch {
    // There is no such directory before the first start; a lock that stays only makes the CLI wait.
  }
}

/** Removes a directory tree; links are removed, never followed. Never throws: tells what could not be removed and why. */
export function removeScratch(dir: string): string | undefined {
  try {
    remove(dir);
  } catch {
    try {
      // A tool may have left directories that take no changes, as Go does with its module cache.
      makeWritable(dir);
      remove(dir);
    } catch (error) {
      return `${dir} can't be removed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 2 });
}

function makeWritable(dir: string): void {
  chmodSync(dir, 0o700);
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(join(dir, entry.name));
}
