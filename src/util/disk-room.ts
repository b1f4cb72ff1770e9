// How much room a disk has, and whether it takes more.
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";

/** The error codes of a disk, a quota, or a limit of the process that takes no more bytes. */
export const FULL_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** So much is tried to write: programs write their output in pieces that are no larger. */
const PROBE_BYTES = 64 * 1024;

/** Bytes that are free for us on the disk of a directory; `undefined` if the system does not tell. */
export function freeBytes(dir: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * Whether a file could not grow beyond `size` bytes just now: the error code that says why, one of `FULL_CODES`. Tries it with a
 * file of its own at `path`, which must not exist.
 */
export function growthProblem(path: string, size: number): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "wx", 0o600);
    // The last bit of room is given out before the error comes.
    return writeSync(fd, Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, size) < PROBE_BYTES ? "ENOSPC" : undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return FULL_CODES.has(code) ? code : undefined;
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
      rmSync(path, { force: true });
    }
  }
}
