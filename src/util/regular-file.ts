// Opens files whose place others can write to: an agent runs as the same user, and may put anything there.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** Opens a file for reading, at once: a FIFO in its place would be waited for without end. Throws if it is none. `flags`: more of `open`. */
export function openRegular(path: string, flags = 0): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error(`${path} is no file`), { code: "EINVAL" });
}

/** The bytes of a file; throws as `openRegular`. */
export function readRegular(path: string): Buffer {
  const fd = openRegular(path);
  try {
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
