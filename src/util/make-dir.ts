// Makes directories that are private to the user.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory (0700) with its parents; fine if it exists. Throws as `mkdirSync` does. Not `mkdirSync` with
 * `recursive`: in Node 20 that never returns below a directory that takes none, such as `/proc`.
 */
export function makeDir(path: string): void {
  try {
    if (!existsSync(dirname(path))) makeDir(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
