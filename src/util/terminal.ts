// Is a file descriptor a terminal, and how wide is it? Node's streams are not loaded where the answer is plainly no.
import { fstatSync, statSync } from "node:fs";

/** `false` for anything that can't be asked, a closed descriptor included. */
export function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || stat.rdev === statSync("/dev/null").rdev) return false;
    return process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

/** Columns of the terminal that stdout (1) or stderr (2) is; `undefined` if it is none. A terminal that knows no size has 80. */
export function terminalColumns(fd: 1 | 2 = 1): number | undefined {
  return isTerminal(fd) ? (fd === 1 ? process.stdout : process.stderr).columns || 80 : undefined;
}
