// Why a process could not be started, in words for a person.
import { existsSync } from "node:fs";

export interface SpawnError {
  /** As the system names it: `ENOENT`, `EACCES`, `E2BIG`, … */
  code: string;
  message: string;
}

export function spawnError(error: unknown, spec: { file: string; cwd: string }): SpawnError {
  const code = codeOf(error);
  return { code, message: explain(code, error, spec.file, spec.cwd) };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "UNKNOWN";
}

function explain(code: string, error: unknown, file: string, cwd: string): string {
  switch (code) {
    case "ENOENT":
      // The system says the same of a program, of its interpreter and of the directory.
      if (!existsSync(cwd)) return `Cannot start ${file}: its working directory ${cwd} does not exist.`;
      if (file.includes("/") && existsSync(file)) {
        return `Cannot start ${file}: the file is there, but the interpreter that its first line names is not installed.`;
      }
      return `Cannot start ${file}: there is no such program. Install it, or check the path.`;
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
