// Reads a journal back and trusts it up to the first line that is torn, damaged, out of order or in contradiction to
// those before it. Memory stays at one line, whatever the size of the file.
import { closeSync, openSync, readSync } from "node:fs";
import { RunEvent } from "../schema/event.js";
import { Coherence } from "./coherence.js";
import { MAX_LINE_BYTES } from "./journal.js";
import { parseLine } from "./line.js";

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

export class JournalReader {
  /** Bytes from the beginning that are trusted so far; always the end of a line. */
  trusted_bytes = 0;
  /** Why the line after them can't be trusted; nothing is read any more then. */
  damage: string | undefined;
  readonly #path: string;
  readonly #until: number;
  readonly #coherence: Coherence;

  /** `until`: go no further than this byte. */
  constructor(path: string, runId: string, until = Number.POSITIVE_INFINITY) {
    this.#path = path;
    this.#until = until;
    this.#coherence = new Coherence(runId);
  }

  /** The sequence number that comes next. */
  get next_seq(): number {
    return this.#coherence.next_seq;
  }

  /**
   * The events that are there now and were not read yet; a last line without its end is left for the next call.
   * Throws only if the file can't be read; no file is an empty one.
   */
  *read(): Generator<RunEvent, void, undefined> {
    for (const line of this.#lines()) {
      const event = this.#trust(line);
      if (event === undefined) return;
      this.trusted_bytes += line.length + 1;
      yield event;
    }
  }

  #trust(line: Buffer): RunEvent | undefined {
    const value = parseLine(line);
    if (value === undefined) return this.#refuse("it is not as it was written");
    const shape = RunEvent.safeParse(withoutSeal(value));
    if (!shape.success) return this.#refuse("it is no event that this version of clinvk knows");
    const contradiction = this.#coherence.take(shape.data);
    if (contradiction !== undefined) return this.#refuse(contradiction);
    return shape.data;
  }

  #refuse(reason: string): undefined {
    this.damage = reason;
  }

  /** Whole lines from the end of what is trusted. */
  *#lines(): Generator<Buffer, void, undefined> {
    if (this.damage !== undefined) return;
    const fd = openExisting(this.#path);
    if (fd === undefined) return;
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      let position = this.trusted_bytes;
      let parts: Buffer[] = [];
      let held = 0;
      for (;;) {
        const wanted = Math.min(CHUNK_BYTES, this.#until - position);
        const size = wanted > 0 ? readSync(fd, chunk, 0, wanted, position) : 0;
        if (size === 0) return;
        position += size;
        let start = 0;
        for (let end = chunk.indexOf(LINE_FEED); end >= 0 && end < size; end = chunk.indexOf(LINE_FEED, start)) {
          const rest = chunk.subarray(start, end);
          yield parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
          parts = [];
          held = 0;
          start = end + 1;
        }
        const rest = chunk.subarray(start, size);
        held += rest.length;
        // After a power cut a file may end in a lot of zeros; JSON never holds one.
        if (rest.includes(0) || held > MAX_LINE_BYTES) return void this.#refuse("it is no text of ours");
        if (rest.length > 0) parts.push(Buffer.from(rest));
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** The event as it was written; the checksum has done its work. */
function withoutSeal(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { crc: _, ...event } = value as { crc?: unknown };
  return event;
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
