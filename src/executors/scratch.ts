// The scratch directories of runs, under `$CLINVK_HOME/tmp`: one per run, one per attempt inside, all removed afterwards.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScratchFile } from "../backends/backend.js";
import { makeDir } from "../util/make-dir.js";

/** Name of the file that tells which process a run's directory belongs to. */
const OWNER = "owner";

/** Makes a run's directory, after removing those whose owners died without cleaning up. */
export function openRunScratch(clinvkHome: string, runId: string): string {
  const root = join(clinvkHome, "tmp");
  makeDir(root);
  removeAbandoned(root);
  const dir = join(root, runId);
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, OWNER), String(process.pid), { mode: 0o600 });
  return dir;
}

/** Makes one attempt's directory with its files and links, and an own `tmp` in it. */
export function makeAttemptScratch(dir: string): void {
  makeDir(join(dir, "tmp"));
}

/** Writes what an invocation needs. A link whose target does not exist is left out. */
export function writeScratchFiles(files: readonly ScratchFile[]): void {
  for (const file of files) {
    makeDir(dirname(file.path));
    if ("content" in file) writeFileSync(file.path, file.content, { mode: 0o600 });
    // Through a dangling link a CLI could make files in the user's own home.
    else if (existsSync(file.link_to)) symlinkSync(file.link_to, file.path);
  }
}

/** Removes a directory tree; links are removed, never followed. */
export function removeScratch(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 2 });
}

function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    const dir = join(root, name);
    const owner = ownerOf(dir);
    if (owner === undefined || isAlive(owner)) continue;
    try {
      removeScratch(dir);
    } catch {
      // Another clinvk may be removing it at this moment; the next run tries again.
    }
  }
}

/** `undefined` where there is no readable owner: a directory that is just being made, or none of ours. */
function ownerOf(dir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dir, OWNER), "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
