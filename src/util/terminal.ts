// Tells whether a file descriptor is a terminal, and its width. Loads Node's streams only if it can be one.
import { fstatSync, statSync } from "node:fs";

/** `false` also for a closed descriptor, or if the check fails. */
export function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || stat.rdev === statSync("/dev/null").rdev) return false;
    return process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

/** Columns of the terminal at stdout (1) or stderr (2); `undefined` if it is none. 80 if the terminal knows no size. */
export function terminalColumns(fd: 1 | 2 = 1): number | undefined {
  return isTerminal(fd) ? (fd === 1 ? process.stdout : process.stderr).columns || 80 : undefined;
}
