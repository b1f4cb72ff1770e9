// Makes directories that are private to the user, and writes files without replacing any.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { explainIo } from "./explain-io.js";
import { err, ok, type Result } from "./result.js";

/**
 * Makes a directory (0700) with its parents; it may exist already. Throws as `mkdirSync` does. Not `mkdirSync` with
 * `recursive`: in Node 20 that never returns below a directory that takes no directories, such as `/proc`.
 */
export function makeDir(path: string): void {
  try {
    if (!existsSync(dirname(path))) makeDir(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Writes a new file and returns its path; the error says why it could not, usually because the file exists. */
export function writeNew(path: string, content: string, mode: number): Result<string, string> {
  try {
    writeFileSync(path, content, { flag: "wx", mode });
    return ok(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return err(`${path} exists already and was not changed`);
    return err(`${path} can't be written: ${code === "ENOENT" ? "its directory does not exist" : explainIo(error)}`);
  }
}
