// Standard error of a child: keeps both ends of it, hands it on as it arrives, and lets a listener take lines out of it.
import { StringDecoder } from "node:string_decoder";
import { HeadTail } from "./head-tail.js";

/** A longer line is no record: it is handed on in pieces, and the listener does not see it. */
const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

export interface StderrHandlers {
  /** A piece of text as it arrived; without lines that were taken out. */
  onText?: ((text: string) => void) | undefined;
  /**
   * A whole line without its newline; `true` = it is taken out: neither kept nor handed on. With a listener, text arrives line by
   * line.
   */
  onLine?: ((line: string) => boolean) | undefined;
}

export class Stderr {
  readonly #handlers: StderrHandlers;
  readonly #kept = new HeadTail();
  readonly #decoder: StringDecoder | undefined;
  /** The line that has no newline yet. */
  #rest: Buffer = NOTHING;
  /** In the middle of a line that is too long. */
  #tooLong = false;

  constructor(handlers: StderrHandlers) {
    this.#handlers = handlers;
    this.#decoder = handlers.onText === undefined ? undefined : new StringDecoder("utf8");
  }

  push(chunk: Buffer): void {
    const { onLine } = this.#handlers;
    if (onLine === undefined) this.#keep(chunk);
    else this.#split(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), onLine);
  }

  /** Hands on what is left. Call it once. */
  end(): void {
    const last = this.#rest;
    this.#rest = NOTHING;
    if (last.length > 0 && !this.#taken(last)) this.#keep(last);
    this.#tell(this.#decoder?.end());
  }

  /** First and last 64 KiB, with a line in between that says how many bytes were dropped. */
  text(): string {
    return this.#kept.text();
  }

  #split(bytes: Buffer, onLine: (line: string) => boolean): void {
    // Lines that stay are handed on together.
    let from = 0;
    let at = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, at)) {
      const taken = !this.#tooLong && onLine(bytes.toString("utf8", at, newline));
      this.#tooLong = false;
      if (taken) {
        this.#keep(bytes.subarray(from, at));
        from = newline + 1;
      }
      at = newline + 1;
    }
    this.#tooLong ||= bytes.length - at > MAX_LINE_BYTES;
    const end = this.#tooLong ? bytes.length : at;
    this.#keep(bytes.subarray(from, end));
    // A copy: the chunk's memory is much larger than its last line.
    this.#rest = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end));
  }

  #taken(line: Buffer): boolean {
    return this.#handlers.onLine?.(line.toString("utf8")) === true;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#kept.push(bytes);
    this.#tell(this.#decoder?.write(bytes));
  }

  #tell(text: string | undefined): void {
    if (text !== undefined && text !== "") this.#handlers.onText?.(text);
  }
}
