// Gathers one answer: a string while it is small, a file of the run once it is not.
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import type { ContentFile } from "../schema/result.js";

/** Answers above this many UTF-8 bytes live in a file: Buffers and long strings make every later spawn slower. */
export const IN_MEMORY_BYTES = 256 * 1024;

/** What a task's answer ended up as; `content` is empty when there is a file. */
export interface StoredAnswer {
  content: string;
  content_file?: ContentFile;
}

export class Answer {
  readonly #makePlace: () => string;
  #path = "";
  #text = "";
  #fileBytes = 0;
  /** Half of a surrogate pair that waits for its other half before it can be encoded. */
  #half = "";

  /** `makePlace` is called if the answer is large: it makes sure of the directory and returns the file's path. */
  constructor(makePlace: () => string) {
    this.#makePlace = makePlace;
  }

  append(text: string): void {
    if (this.#fileBytes > 0) this.#toFile(text);
    else {
      this.#text += text;
      // A string of n UTF-16 units has at most 3n bytes.
      if (this.#text.length * 3 > IN_MEMORY_BYTES && Buffer.byteLength(this.#text) > IN_MEMORY_BYTES) {
        const all = this.#text;
        this.#text = "";
        this.#path = this.#makePlace();
        writeFileSync(this.#path, "", { mode: 0o600 });
        this.#toFile(all);
      }
    }
  }

  /** What came so far was not the answer. */
  reset(): void {
    if (this.#fileBytes > 0) rmSync(this.#path, { force: true });
    this.#text = "";
    this.#half = "";
    this.#fileBytes = 0;
  }

  /** The whole answer is known: replaces what was streamed. */
  set(text: string): void {
    this.reset();
    this.append(text);
  }

  get isEmpty(): boolean {
    return this.#text === "" && this.#fileBytes === 0;
  }

  finish(): StoredAnswer {
    if (this.#fileBytes === 0) return { content: this.#text };
    if (this.#half !== "") {
      appendFileSync(this.#path, this.#half);
      this.#fileBytes += 3;
    }
    return { content: "", content_file: { path: this.#path, bytes: this.#fileBytes } };
  }

  #toFile(text: string): void {
    let whole = this.#half + text;
    this.#half = "";
    const last = whole.charCodeAt(whole.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#half = whole.slice(-1);
      whole = whole.slice(0, -1);
    }
    appendFileSync(this.#path, whole);
    this.#fileBytes += Buffer.byteLength(whole);
  }
}
