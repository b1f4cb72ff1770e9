// Follows standard output in a file: for a program that loses the end of its output if a pipe is slower than itself.
// The file is unlinked when the child runs, so it disappears with this process, even after a crash.
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { monotonicMs } from "../util/clock.js";
import { growthProblem } from "../util/disk-room.js";

/** How often we check for more output, in milliseconds. */
const LOOK_EVERY_MS = 40;
/** All files share one buffer of this size: long-lived Buffers make every fork slow. */
const SLICE_BYTES = 64 * 1024;
/** After so many milliseconds of reading one file, the event loop gets a turn: many short lines take long. */
const TURN_MS = 10;
/** The end of a file in which its last record is looked for, if there is no time for the rest. */
const TAIL_BYTES = 1024 * 1024;
const NEWLINE = 10;

export interface StdoutFileSpec {
  /** Must not exist; unlinked at once. */
  path: string;
  /** The reader stops at this size and calls `onFull`, so that the disk does not fill up. */
  max_bytes: number;
}

let slice: Buffer | undefined;
const followed = new Set<StdoutFile>();
let timer: NodeJS.Timeout | undefined;
/** A check is due in the next round of the event loop. */
let hurried = false;

export class StdoutFile {
  /** For the child. */
  readonly fd: number;
  readonly #path: string;
  readonly #max_bytes: number;
  #read = 0;
  #full = false;
  #closed = false;
  /** When there is no more time to read everything, as `monotonicMs`. */
  #deadline = Number.POSITIVE_INFINITY;
  #onData: (bytes: Buffer) => void = () => {};
  #onFull: () => void = () => {};

  /** Throws as `openSync` does. */
  constructor({ path, max_bytes }: StdoutFileSpec) {
    // Append mode: another writer (a tool that has inherited the file) overwrites nothing.
    this.fd = openSync(path, "ax+", 0o600);
    this.#path = path;
    this.#max_bytes = max_bytes;
    unlinkSync(path);
  }

  /** Passes new output to `onData` soon after it arrives; the bytes are valid until `onData` returns. Calls `onFull` once. */
  follow(onData: (bytes: Buffer) => void, onFull: () => void): void {
    this.#onData = onData;
    this.#onFull = onFull;
    followed.add(this);
    // The child keeps the event loop alive; this timer must not.
    timer ??= setInterval(lookAtAll, LOOK_EVERY_MS).unref();
  }

  /** Why the file can't grow any more (see `growthProblem`); `undefined` if it can. Ask at the exit: later there may be room again. */
  get problem(): string | undefined {
    return growthProblem(this.#path, fstatSync(this.fd).size);
  }

  /**
   * Hands over the output so far that has not been read. If `hurry` gives too little time for all of it, lines are left
   * out, but the last one is always handed over: it has the whole answer, if the program has given one.
   */
  async readRest(): Promise<void> {
    followed.delete(this);
    while (this.look()) {
      await new Promise((resolve) => setImmediate(resolve));
      if (monotonicMs() > this.#deadline) this.#skipToTail();
    }
  }

  /** From now on there are only so many milliseconds for the rest. */
  hurry(milliseconds: number): void {
    this.#deadline = Math.min(this.#deadline, monotonicMs() + milliseconds);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    followed.delete(this);
    closeSync(this.fd);
    if (followed.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  /** Reads some output; `true` = there is more. */
  look(): boolean {
    slice ??= Buffer.allocUnsafeSlow(SLICE_BYTES);
    const end = monotonicMs() + TURN_MS;
    while (!this.#closed && monotonicMs() < end) {
      const bytes = this.#readInto(slice);
      if (bytes > 0) this.#onData(slice.subarray(0, bytes));
      if (bytes < SLICE_BYTES) {
        if (this.#read >= this.#max_bytes) this.#tellFull();
        return false;
      }
    }
    if (this.#closed) return false;
    if (fstatSync(this.fd).size > this.#max_bytes) this.#tellFull();
    return true;
  }

  /** Goes on with the line that begins before the tail, if that is not read yet. */
  #skipToTail(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    const size = Math.min(fstatSync(this.fd).size, this.#max_bytes);
    const memory = Buffer.alloc(SLICE_BYTES);
    for (let end = size - TAIL_BYTES; end > this.#read; end -= SLICE_BYTES) {
      const start = Math.max(this.#read, end - SLICE_BYTES);
      const bytes = readSync(this.fd, memory, 0, end - start, start);
      const newline = memory.subarray(0, bytes).lastIndexOf(NEWLINE);
      if (newline < 0) continue;
      this.#read = start + newline + 1;
      // What was read of a line ends here.
      this.#onData(Buffer.from([NEWLINE]));
      return;
    }
  }

  #readInto(memory: Buffer): number {
    const room = Math.min(memory.length, this.#max_bytes - this.#read);
    if (room <= 0) return 0;
    const bytes = readSync(this.fd, memory, 0, room, this.#read);
    this.#read += bytes;
    return bytes;
  }

  #tellFull(): void {
    if (this.#full) return;
    this.#full = true;
    this.#onFull();
  }
}

function lookAtAll(): void {
  hurried = false;
  let more = false;
  for (const file of followed) more = file.look() || more;
  if (!more || hurried) return;
  hurried = true;
  setImmediate(lookAtAll);
}
