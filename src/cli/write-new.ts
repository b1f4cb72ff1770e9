// A file that is not there yet.
import { writeFileSync } from "node:fs";
import { err, ok, type Result } from "../util/result.js";

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
