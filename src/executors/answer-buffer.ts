// Gathers one answer: a string while it is small, a file of the run once it is not.
import { closeSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import type { ContentFile } from "../schema/result.js";

/** Answers above this many UTF-8 bytes live in a file: Buffers and long strings make every later spawn slower. */
const IN_MEMORY_BYTES = 256 * 1024;

/** What a task's answer ended up as; `content` is empty when there is a file. */
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

/** Text for the file waits until this much has come together, in UTF-16 units. */
const PIECE_UNITS = 64 * 1024;

export class Answer {
  readonly #makePlace: () => string;
  /** A full disk costs memory, but loses nothing. */
  #disk_full = false;
  /** In memory: the answer; with a file: what is not written yet. */
  #text = "";
  #file: AnswerFile | undefined;

  /** `makePlace` is called if the answer is large: it makes sure of the directory and returns the file's path. */
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

  /** What came so far was not the answer. */
  reset(): void {
    this.#text = "";
    if (!this.#file) return;
    closeSync(this.#file.fd);
    rmSync(this.#file.path, { force: true });
    this.#file = undefined;
  }

  /** The whole answer is known: replaces what was streamed. */
  set(text: string): void {
    this.reset();
    this.append(text);
  }

  get isEmpty(): boolean {
    return this.#text === "" && this.#file === undefined;
  }

  /** The answer as it is kept; called once, at the end. */
  finish(): StoredAnswer {
    const file = this.#file;
    if (!file) return { content: this.#text };
    this.#write(file, true);
    if (this.#disk_full) return { content: this.#text };
    closeSync(file.fd);
    return { content: "", content_file: { path: file.path, bytes: file.bytes } };
  }

  /** A surrogate pair is never cut: half of one waits for the other, unless this is the end. */
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
