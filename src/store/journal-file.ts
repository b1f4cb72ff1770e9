// The file of a journal: appends whole lines. While the disk is full it holds them back, and tries again: what is recorded need not be
// paid for twice.
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, type Stats, writeSync } from "node:fs";
import { monotonicMs } from "../util/clock.js";
import { FULL_CODES } from "../util/disk-room.js";

/** While the disk is full, it is tried this often, in milliseconds. */
const TRY_EVERY_MS = 1000;
/** So many UTF-16 units are held back at most. */
const MAX_HELD_UNITS = 64 * 1024 * 1024;

export interface JournalFileHandlers {
  /** The disk is full: lines are held back from now on. */
  onFull(error: unknown): void;
  /** All that was held back is written. */
  onRoom(): void;
}

export class JournalFile {
  readonly #fd: number;
  readonly #handlers: JournalFileHandlers;
  /** Where the last whole line ends. */
  #size: number;
  #held = "";
  #full = false;
  #tried_at = 0;

  /** Throws as `openSync` does. */
  constructor(path: string, handlers: JournalFileHandlers) {
    this.#fd = openSync(path, "a", 0o600);
    this.#size = fstatSync(this.#fd).size;
    this.#handlers = handlers;
  }

  /** Lines are held back. */
  get isBehind(): boolean {
    return this.#full;
  }

  /** Appends whole lines, or holds them back. Throws if they can't be written for any other reason than a full disk. */
  append(lines: string): void {
    this.#held += lines;
    if (!this.#full || monotonicMs() - this.#tried_at >= TRY_EVERY_MS) this.catchUp();
  }

  /** Writes what is held back, if it can. Throws as `append` does. */
  catchUp(): void {
    if (this.#held === "") return;
    this.check();
    try {
      this.#size += writeWhole(this.#fd, this.#held);
      this.#held = "";
    } catch (error) {
      this.#holdBack(error);
      return;
    }
    if (this.#full) this.#handlers.onRoom();
    this.#full = false;
  }

  /** Throws if the file has no name any more: whoever seizes the run continues in a new one. It may also have been removed. */
  check(): void {
    if (this.stat().nlink === 0) throw new Error("it was removed");
  }

  /** To the disk. */
  sync(): void {
    if (!this.#full) fdatasyncSync(this.#fd);
  }

  stat(): Stats {
    return fstatSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Throws the error again if waiting does not help. */
  #holdBack(error: unknown): void {
    this.#tried_at = monotonicMs();
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!FULL_CODES.has(code) || this.#held.length > MAX_HELD_UNITS || !this.#cutOff()) throw error;
    if (!this.#full) this.#handlers.onFull(error);
    this.#full = true;
  }

  /** Removes the part of a line that still fitted. */
  #cutOff(): boolean {
    try {
      ftruncateSync(this.#fd, this.#size);
      return true;
    } catch {
      return false;
    }
  }
}

/** Writes with one `write(2)`; needs more only if the system takes a part of the text. Returns the bytes. */
function writeWhole(fd: number, text: string): number {
  let done = writeSync(fd, text);
  const size = Buffer.byteLength(text);
  if (done === size) return size;
  const bytes = Buffer.from(text);
  while (done < bytes.length) done += writeSync(fd, bytes, done);
  return size;
}
