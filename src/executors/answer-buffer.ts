// Collects one answer: a small one as a string, a large one in a file of the run.
import { closeSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import type { ContentFile } from "../schema/result.js";

/** Answers above this many UTF-8 bytes go to a file: Buffers and long strings make every later spawn slower. */
const IN_MEMORY_BYTES = 256 * 1024;

/** A task's answer as it is kept; `content` is empty if there is a file. */
export interface StoredAnswer {
  content: string;
  content_file?: ContentFile;
}

interface AnswerFile {
  path: string;
  fd: number;
  /** Written so far. */
  bytes: number;
}

/** Text for the file is buffered up to this many UTF-16 units. */
const PIECE_UNITS = 64 * 1024;

export class Answer {
  readonly #makePlace: () => string;
  /** If the disk is full, the answer stays in memory, and nothing is lost. */
  #disk_full = false;
  /** Without a file: the answer; with a file: the text that is not written yet. */
  #text = "";
  #file: AnswerFile | undefined;

  /** Calls `makePlace` if the answer is large: it makes the directory if needed and returns the file's path. */
  constructor(makePlace: () => string) {
    this.#makePlace = makePlace;
  }

  append(text: string): void {
    this.#text += text;
    if (this.#file) {
      if (this.#text.length >= PIECE_UNITS) this.#write(this.#file);
      return;
    }
    // A string of n UTF-16 units has at most 3n bytes.
    if (this.#disk_full || this.#text.length * 3 <= IN_MEMORY_BYTES || Buffer.byteLength(this.#text) <= IN_MEMORY_BYTES)
      return;
    try {
      const path = this.#makePlace();
      this.#file = { path, fd: openSync(path, "w+", 0o600), bytes: 0 };
      this.#write(this.#file);
    } catch {
      this.#disk_full = true;
    }
  }

  /** Drops the text so far: it was not the answer. */
  reset(): void {
    this.#text = "";
    if (!this.#file) return;
    closeSync(this.#file.fd);
    rmSync(this.#file.path, { force: true });
    this.#file = undefined;
  }

  /** Replaces the streamed text with the complete answer. */
  set(text: string): void {
    this.reset();
    this.append(text);
  }

  get isEmpty(): boolean {
    return this.#text === "" && this.#file === undefined;
  }

  /** Returns the answer as it is kept. Call it once, at the end. */
  finish(): StoredAnswer {
    const file = this.#file;
    if (!file) return { content: this.#text };
    this.#write(file, true);
    if (this.#disk_full) return { content: this.#text };
    closeSync(file.fd);
    return { content: "", content_file: { path: file.path, bytes: file.bytes } };
  }

  /** Writes to the file. Never cuts a surrogate pair: half of one waits for the other, unless this is the end. */
  #write(file: AnswerFile, end = false): void {
    const last = this.#text.charCodeAt(this.#text.length - 1);
    const half = !end && last >= 0xd800 && last <= 0xdbff ? 1 : 0;
    const ready = this.#text.slice(0, this.#text.length - half);
    this.#text = this.#text.slice(this.#text.length - half);
    try {
      writeFileSync(file.fd, ready);
      file.bytes += Buffer.byteLength(ready);
    } catch {
      this.#backToMemory(file, ready);
    }
  }

  #backToMemory(file: AnswerFile, unwritten: string): void {
    this.#disk_full = true;
    const written = Buffer.alloc(file.bytes);
    for (let done = 0, read = 1; read > 0; done += read)
      read = readSync(file.fd, written, done, written.length - done, done);
    const rest = unwritten + this.#text;
    this.reset();
    this.#text = written.toString("utf8") + rest;
  }
}
