// How every command reports a problem: `PLACE: what is wrong — what helps`, one line each. The place
// is the part of the input that is wrong (`tasks.json:3:5`, `--max-parallel`, `$CLINVK_BACKEND`, `stdin`), or the command.
import { type Diagnostic, formatDiagnostics } from "../document/diagnostics.js";
import { EXIT } from "./exit-codes.js";
import type { Io } from "./io.js";

/** What helps if `$CLINVK_HOME` can't be written. */
export const ANOTHER_HOME = "set CLINVK_HOME to a directory that you may write";

/** Prints the problems of an input, and their number; returns the exit code for invalid input. */
export function refuse(io: Io, problems: readonly Diagnostic[], consequence?: string): number {
  io.stderr(`${formatDiagnostics(problems, consequence)}\n`);
  return EXIT.invalid;
}

/** Prints one problem; returns `code`. */
export function fail(io: Io, place: string, message: string, code: number = EXIT.invalid): number {
  io.stderr(`${place}: ${message}\n`);
  return code;
}
