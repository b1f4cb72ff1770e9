// Directories that are private to the user, and files that replace nothing.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { err, ok, type Result } from "./result.js";

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

/** Writes it and returns its path; the error says why not, above all that there is one already. */
export function writeNew(path: string, content: string, mode: number): Result<string, string> {
  try {
    writeFileSync(path, content, { flag: "wx", mode });
    return ok(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return err(`${path} is there already, and is left as it is`);
    return err(code === "ENOENT" ? `${path} can't be written: its directory does not exist` : message);
  }
}
