// Cuts the file of a journal into lines. Holds one line in memory at a time, so the size of the file does not matter.
import { closeSync, readSync } from "node:fs";
import { openRegular } from "../util/regular-file.js";
import { MAX_LINE_BYTES } from "./journal.js";

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** One whole line. */
export interface RawLine {
  /** Without its line end; empty if the line is longer than any of ours. */
  bytes: Buffer;
  /** Where it begins in the file. */
  from: number;
  /** Where the next one begins. */
  to: number;
}

/**
 * The whole lines from `position` on, up to `end`; a last line without its line end is left out. A line's bytes are valid
 * until the next one is asked for. Throws only if the file can't be read; a missing file counts as an empty one.
 */
export function* wholeLines(path: string, position: number, end: number): Generator<RawLine, void, undefined> {
  const fd = openExisting(path);
  if (fd === undefined) return;
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let parts: Buffer[] = [];
    let held = 0;
    let from = position;
    let read = position;
    for (;;) {
      const wanted = Math.min(CHUNK_BYTES, end - read);
      const size = wanted > 0 ? readSync(fd, chunk, 0, wanted, read) : 0;
      if (size === 0) return;
      let start = 0;
      for (let at = chunk.indexOf(LINE_FEED); at >= 0 && at < size; at = chunk.indexOf(LINE_FEED, start)) {
        const rest = chunk.subarray(start, at);
        const to = read + at + 1;
        yield { bytes: held === 0 ? rest : Buffer.concat([...parts, rest]), from, to };
        parts = [];
        held = 0;
        start = at + 1;
        from = to;
      }
      const rest = chunk.subarray(start, size);
      held += rest.length;
      if (held > MAX_LINE_BYTES) parts = [];
      else if (rest.length > 0) parts.push(Buffer.from(rest));
      read += size;
    }
  } finally {
    closeSync(fd);
  }
}

function openExisting(path: string): number | undefined {
  try {
    return openRegular(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
