// The sinks of reports: synchronous writes to a file descriptor that survive slow readers, closed pipes and full disks.

import { closeSync, openSync, writeSync } from "node:fs";
import { explainIo } from "../util/explain-io.js";
import { err, ok, type Result } from "../util/result.js";

/** Takes text in order; never throws. */
export interface Sink {
  write(text: string): void;
  close(): void;
}

export interface SinkOptions {
  /** The place in messages: "stdout", a path. */
  name: string;
  /** The place can't take more (full disk, I/O error): called once with a sentence for a person; later writes are dropped. */
  onError(message: string): void;
  /** The reader has gone away (`| head`): called once; later writes are dropped. */
  onClosed?(): void;
}

/** Bytes per piece when something large is read or written. */
export const PIECE_BYTES = 64 * 1024;

/** UTF-16 units that always fit into PIECE_BYTES of UTF-8. */
const PIECE_UNITS = Math.floor(PIECE_BYTES / 3);

/** A sink for a file descriptor of another owner; `close()` leaves it open. */
export function fdSink(fd: number, options: SinkOptions): Sink {
  let open = true;
  return {
    write(text) {
      if (!open) return;
      try {
        writeAll(fd, text);
      } catch (error) {
        open = false;
        if (codeOf(error) === "EPIPE") options.onClosed?.();
        else options.onError(`can't write to ${options.name}: ${explainIo(error)}`);
      }
    },
    close() {},
  };
}

/** A sink for a file of its own: created with mode 0600, or emptied. The error is a sentence for a person. */
export function fileSink(path: string, options: Omit<SinkOptions, "name">): Result<Sink, string> {
  try {
    const fd = openSync(path, "w", 0o600);
    const { write } = fdSink(fd, { ...options, name: path });
    return ok({ write, close: () => closeOwn(fd, path, options.onError) });
  } catch (error) {
    const reason = codeOf(error) === "ENOENT" ? "its directory does not exist" : explainIo(error);
    return err(`can't write to ${path}: ${reason}`);
  }
}

/** Some file systems report a full disk only now. */
function closeOwn(fd: number, path: string, onError: (message: string) => void): void {
  try {
    closeSync(fd);
  } catch (error) {
    onError(`can't write to ${path}: ${explainIo(error)}`);
  }
}

/** Gathers small pieces into writes of about 64 KiB. The user must call `flush()` at the end. */
export function coalesce(write: (text: string) => void): { write(text: string): void; flush(): void } {
  let waiting = "";
  const flush = (): void => {
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    write(text);
  };
  return {
    write(text) {
      waiting += text;
      if (waiting.length >= PIECE_BYTES) flush();
    },
    flush,
  };
}

const encoder = new TextEncoder();
/** One for all: writing is synchronous, and Buffers that pile up make every later spawn slower. */
let scratch: Uint8Array | undefined;

/** Writes all of `text` as UTF-8 and waits for a slow reader; throws the system's error. */
export function writeAll(fd: number, text: string): void {
  scratch ??= new Uint8Array(PIECE_BYTES);
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PIECE_UNITS, text.length);
    // A surrogate pair stays in one piece.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    const { written } = encoder.encodeInto(text.slice(start, end), scratch);
    for (let done = 0; done < written; ) done += writeSome(fd, scratch.subarray(done, written));
    start = end;
  }
}

function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    // A pipe that another process made non-blocking is full: its reader needs a moment.
    if (codeOf(error) !== "EAGAIN") throw error;
    pause(5);
    return 0;
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
