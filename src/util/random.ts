// Random names. Read from the system's own source: loading `node:crypto` for a few bytes costs a start 4 ms of CPU.
import { closeSync, openSync, readSync } from "node:fs";

/** So many random bytes, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const source = openSync("/dev/urandom", "r");
  try {
    readSync(source, buffer);
  } finally {
    closeSync(source);
  }
  return buffer.toString("hex");
}
