// Makes and removes the scratch directories of runs, under `$CLINVK_HOME/tmp`: one per run, and one per attempt inside.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ScratchFile } from "../backends/shared/backend.js";
import { type ProcessId, thisProcess } from "../process/owner.js";
import { explainIo } from "../util/explain-io.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { showLife } from "../util/sign-of-life.js";

/** The process that owns a run's directory, and how to find the processes that it started. */
export interface ScratchOwner extends ProcessId {
  /** `ProcessRun.marker`. */
  marker: string;
  /** `ProcessRun.oldest`. */
  oldest: number;
}

/** Name of the file that holds the `ScratchOwner`. */
export const OWNER_FILE = "owner";

/** The directory that holds those of all runs. */
export function scratchRoot(clinvkHome: string): string {
  return join(clinvkHome, "tmp");
}

/** Checks that attempts can have directories, before one starts: without them every one of them would fail. The error is a sentence. */
export function checkScratchRoot(clinvkHome: string): Result<void, string> {
  const root = scratchRoot(clinvkHome);
  try {
    makeDir(root);
    accessSync(root, constants.W_OK | constants.X_OK);
    return ok(undefined);
  } catch (error) {
    return err(`can't write to ${root}, which every task needs: ${explainIo(error)}`);
  }
}

/** The directory of a run that is under way. */
export interface RunScratch {
  dir: string;
  /** Ends the sign of life; the directory then is to be removed. */
  close(): void;
}

/**
 * Makes a run's directory. Its name is never used again, not even when the run is resumed: a process that found the
 * directory abandoned may remove it at any later time. The time of its owner file is the run's sign of life.
 */
export function openRunScratch(
  clinvkHome: string,
  runId: string,
  run: Pick<ScratchOwner, "marker" | "oldest">,
): RunScratch {
  const dir = join(scratchRoot(clinvkHome), `${runId}-${run.marker.slice(0, 8)}`);
  makeDir(scratchRoot(clinvkHome));
  mkdirSync(dir, { mode: 0o700 });
  const owner: ScratchOwner = { ...thisProcess(), marker: run.marker, oldest: run.oldest };
  const file = join(dir, OWNER_FILE);
  try {
    writeFileSync(file, JSON.stringify(owner), { mode: 0o600 });
  } catch (error) {
    // The disk is full; the next attempt may succeed.
    removeScratch(dir);
    throw error;
  }
  return { dir, close: showLife(file, () => existsSync(file)) };
}

/** Makes one attempt's directory, with an empty `tmp` in it for the CLI's temporary files. */
export function makeAttemptScratch(dir: string): void {
  makeDir(join(dir, "tmp"));
}

/** Whether an attempt's directory is still as `makeAttemptScratch` made it. */
export function isPristine(dir: string): boolean {
  try {
    const entries = readdirSync(dir);
    return entries.length === 1 && entries[0] === "tmp" && readdirSync(join(dir, "tmp")).length === 0;
  } catch {
    return false;
  }
}

/** Writes the files that an invocation needs. Leaves out a link whose target does not exist. */
export function writeScratchFiles(files: readonly ScratchFile[]): void {
  for (const file of files) {
    makeDir(dirname(file.path));
    if ("removed" in file) rmSync(file.path, { recursive: true, force: true });
    else if ("content" in file) writeFileSync(file.path, file.content, { mode: 0o600 });
    // A CLI could use a dangling link to make files in the user's own home.
    else if (existsSync(file.link_to)) makeLink(file.link_to, file.path);
  }
}

/** Makes a link. A session's home may still have the link of an earlier turn, or what the CLI put in its place; a directory is kept. */
function makeLink(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/**
 * Removes the lock directories (`NAME.lock`) that a CLI left in `dir`. Does not follow links: they lead to the user's own
 * files, which another process may have locked.
 */
export function removeLocks(dir: string): void {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory() && entry.name.endsWith(".lock")) remove(join(dir, entry.name));
  } catch {
    // The directory does not exist before the first start; a lock that stays only makes the CLI wait.
  }
}

/** Removes a directory tree; removes links without following them. Never throws: returns what could not be removed and why. */
export function removeScratch(dir: string): string | undefined {
  try {
    remove(dir);
  } catch {
    try {
      // A tool may have left read-only directories, as Go does with its module cache.
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
