// Is a file descriptor a terminal? Asked without loading Node's streams where the answer is plainly no.
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
