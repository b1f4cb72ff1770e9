// Cuts a byte stream into lines of text. Cuts bytes and decodes whole lines, so it does not matter where the chunks end.
// Collects a huge line in a file: long-lived Buffers make every fork of this process slow, and the text needs the memory.
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { collectGarbage } from "./gc.js";

/** A line up to this many bytes is collected in memory. */
const MAX_MEMORY_BYTES = 1024 * 1024;
/** A longer line is dropped: it would not fit into one string. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const MAX_PIECES = 1024;
/** Before a line of this size becomes a string, we collect the garbage of the previous one: V8 itself would wait too long. */
const HUGE_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

export interface LineLimit {
  /** A longer line is dropped as soon as it is longer. Default: what fits into one string. */
  max_bytes?: number | undefined;
  /** Called when a line is dropped. */
  onTooLong?: (() => void) | undefined;
}

/** Collects lines and passes each to `onLine` without its newline. Invalid UTF-8 becomes U+FFFD. Trims nothing. */
export class LineSplitter {
  #pieces: Buffer[] = [];
  /** Bytes of the unfinished line. */
  #length = 0;
  #spool: Spool | undefined;
  #spool_broken = false;
  #tooLong = false;

  /** @param spoolPath file to collect a huge line in; it is unlinked as soon as it is open */
  constructor(
    readonly onLine: (line: string) => void,
    readonly spoolPath: () => string,
    readonly limit: LineLimit = {},
  ) {}

  push(chunk: Buffer): void {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      this.#gather(chunk);
      return;
    }
    let from = 0;
    if (this.#length > 0) {
      this.#gather(chunk.subarray(0, first));
      this.#flush();
      from = first + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    // Decode many short lines at once: a newline is never part of a longer character, so the result is the same.
    if (last >= from) for (const line of chunk.toString("utf8", from, last).split("\n")) this.onLine(line);
    if (last + 1 < chunk.length) this.#gather(chunk.subarray(last + 1));
  }

  /** Ends the stream: hands over a last line that has no newline. */
  end(): void {
    if (this.#length > 0) this.#flush();
  }

  #gather(bytes: Buffer): void {
    if (bytes.length === 0 || this.#tooLong) return;
    this.#length += bytes.length;
    if (this.#length > Math.min(this.limit.max_bytes ?? MAX_LINE_BYTES, MAX_LINE_BYTES)) {
      this.#drop();
      return;
    }
    if (this.#spool !== undefined) {
      if (!this.#spool.write(bytes)) this.#giveUpSpool(bytes);
      return;
    }
    // A copy: the chunk's memory is much larger than its last line, or is reused at once.
    this.#pieces.push(Buffer.from(bytes));
    // If a child writes byte by byte, each piece costs more memory than its content.
    if (this.#pieces.length > MAX_PIECES) this.#pieces = [Buffer.concat(this.#pieces)];
    if (this.#length > MAX_MEMORY_BYTES && !this.#spool_broken) this.#startSpool();
  }

  #startSpool(): void {
    const spool = Spool.open(this.spoolPath());
    if (spool === undefined) {
      this.#spool_broken = true;
      return;
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#spool = spool;
    for (const piece of pieces) {
      if (this.#spool === undefined) this.#pieces.push(piece);
      else if (!spool.write(piece)) this.#giveUpSpool(piece);
    }
  }

  /** If the disk is full, the line stays in memory; nothing is lost. */
  #giveUpSpool(unwritten: Buffer): void {
    this.#spool_broken = true;
    if (this.#spool !== undefined) this.#pieces = [this.#spool.takeBytes(), Buffer.from(unwritten)];
    this.#spool = undefined;
  }

  /** Keeps nothing of the line that has become too long. */
  #drop(): void {
    this.#tooLong = true;
    this.#pieces = [];
    this.#spool?.close();
    this.#spool = undefined;
    this.limit.onTooLong?.();
  }

  #flush(): void {
    const line = this.#tooLong ? undefined : (this.#spool?.takeText() ?? decode(this.#pieces));
    this.#pieces = [];
    this.#length = 0;
    this.#spool = undefined;
    this.#spool_broken = false;
    this.#tooLong = false;
    if (line !== undefined) this.onLine(line);
  }
}

function decode(pieces: Buffer[]): string {
  const [only] = pieces;
  return (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)).toString("utf8");
}

/** A file without a name: it disappears with this process, even after a crash. */
class Spool {
  #written = 0;

  private constructor(readonly file: number) {}

  static open(path: string): Spool | undefined {
    try {
      const file = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      return new Spool(file);
    } catch {
      return undefined;
    }
  }

  /** Writes all bytes; `false` = not all could be written, and none count as written. */
  write(bytes: Buffer): boolean {
    try {
      let done = 0;
      // Write at a position, so that the file's own offset stays 0 for the reader.
      while (done < bytes.length) done += writeSync(this.file, bytes, done, bytes.length - done, this.#written + done);
      this.#written += bytes.length;
      return true;
    } catch {
      return false;
    }
  }

  takeText(): string {
    if (this.#written > HUGE_LINE_BYTES) collectGarbage();
    const text = readFileSync(this.file, "utf8");
    this.close();
    return text;
  }

  takeBytes(): Buffer {
    const bytes = readFileSync(this.file).subarray(0, this.#written);
    this.close();
    return bytes;
  }

  close(): void {
    closeSync(this.file);
  }
}
