// Explains to a person why a process could not be started.
import { existsSync } from "node:fs";
import { omitUndefined } from "../util/omit-undefined.js";

export interface SpawnError {
  /** The system's error code: `ENOENT`, `EACCES`, `E2BIG`, … */
  code: string;
  /** What is missing, if that is the cause: the system reports `ENOENT` for all three. */
  missing?: "directory" | "interpreter" | "program";
  message: string;
}

interface Spec {
  file: string;
  cwd: string;
}

export function spawnError(error: unknown, spec: Spec): SpawnError {
  const code = codeOf(error);
  const missing = code === "ENOENT" ? whatIsMissing(spec.file, spec.cwd) : undefined;
  const message = missing === undefined ? explain(code, error, spec) : explainMissing(missing, spec);
  return { code, message, ...omitUndefined({ missing }) };
}

/** Whether the system has no process, descriptor or memory left: when something has ended, there may be. */
export function isExhausted(code: string | undefined): boolean {
  return code !== undefined && ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(code);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "UNKNOWN";
}

function whatIsMissing(file: string, cwd: string): NonNullable<SpawnError["missing"]> {
  if (!existsSync(cwd)) return "directory";
  return file.includes("/") && existsSync(file) ? "interpreter" : "program";
}

function explainMissing(missing: NonNullable<SpawnError["missing"]>, { file, cwd }: Spec): string {
  switch (missing) {
    case "directory":
      return `Cannot start ${file}: its working directory ${cwd} does not exist.`;
    case "interpreter":
      return `Cannot start ${file}: the file is there, but the interpreter that its first line names is not installed.`;
    case "program":
      return `Cannot start ${file}: there is no such program. Install it, or check the path.`;
    default:
      return missing satisfies never;
  }
}

function explain(code: string, error: unknown, { file, cwd }: Spec): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `Cannot start ${file}: permission denied. Check that it is executable and that ${cwd} may be entered.`;
    case "ENOEXEC":
      return `Cannot start ${file}: it is not a program for this machine.`;
    case "ENOTDIR":
      return `Cannot start ${file}: a part of its path, or ${cwd}, is not a directory.`;
    case "E2BIG":
      return `Cannot start ${file}: its arguments and environment are longer than the system allows.`;
    case "EAGAIN":
      return `Cannot start ${file}: the system allows this user no more processes. End some, or raise the limit (ulimit -u).`;
    case "EMFILE":
    case "ENFILE":
      return `Cannot start ${file}: too many files are open. Run fewer tasks at once, or raise the limit (ulimit -n).`;
    case "ENOMEM":
      return `Cannot start ${file}: out of memory.`;
    default:
      return `Cannot start ${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
