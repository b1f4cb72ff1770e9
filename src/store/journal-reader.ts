// Reads a journal back, up to the first line that is torn, damaged, out of order or contradicts the lines before it.
// Holds one line in memory at a time, so the size of the file does not matter.
import { closeSync, openSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import { RunEvent } from "../schema/event.js";
import { allTasks } from "../summary/summary.js";
import { MAX_LINE_BYTES } from "./journal.js";
import { parseLine } from "./journal-line.js";
import { ANSWERS_DIR, EVENTS_FILE } from "./store.js";

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Reads the journal of one run as far as it can be trusted. */
export class JournalReader {
  /** Trusted bytes from the beginning so far; always ends after a line. */
  trusted_bytes = 0;
  /** Why the line after the trusted bytes can't be trusted; reading stops there. */
  damage: string | undefined;
  readonly #path: string;
  readonly #answers: string;
  readonly #end: number;
  readonly #validator: JournalValidator;

  /** `dir`: the run's directory. `end`: read only this many bytes of the file; default: all. */
  constructor(dir: string, runId: string, end = Number.POSITIVE_INFINITY) {
    this.#path = join(dir, EVENTS_FILE);
    this.#answers = join(dir, ANSWERS_DIR);
    this.#end = end;
    this.#validator = new JournalValidator(runId);
  }

  /** The sequence number that comes next. */
  get next_seq(): number {
    return this.#validator.next_seq;
  }

  /**
   * The events added since the last call. A last line without its line end is left for the next call.
   * Throws only if the file can't be read; a missing file counts as an empty one.
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
    const shape = RunEvent.safeParse(withoutChecksum(value));
    if (!shape.success) return this.#refuse("it is no event that this version of clinvk knows");
    const contradiction = this.#validator.take(shape.data);
    if (contradiction !== undefined) return this.#refuse(contradiction);
    return this.#withOwnAnswer(shape.data);
  }

  /**
   * Looks for a large answer only among the run's own answers, whatever directory the line names: a journal that somebody
   * has changed gives out no other file of this machine, and a run that was moved finds its answers.
   */
  #withOwnAnswer(event: RunEvent): RunEvent {
    if (event.type !== "task_finished" || event.result.content_file === undefined) return event;
    const { path, bytes } = event.result.content_file;
    const content_file = { path: join(this.#answers, basename(path)), bytes };
    return { ...event, result: { ...event.result, content_file } };
  }

  #refuse(reason: string): undefined {
    this.damage = reason;
  }

  /** Whole lines after the trusted bytes. */
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
        const wanted = Math.min(CHUNK_BYTES, this.#end - position);
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

/** The event as it was written, without the checksum, which is already verified. */
function withoutChecksum(value: unknown): unknown {
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

/** Checks that each event of a journal fits the events before it: a line that contradicts them is as bad as a torn one. */
class JournalValidator {
  readonly #runId: string;
  #next = 1;
  #planned: ReadonlySet<string> | undefined;
  /** Tasks without a result, or with a result that the resumption of the run made void. */
  #open = new Set<string>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The sequence number that must come next. */
  get next_seq(): number {
    return this.#next;
  }

  /** Takes the next event, or says why it can't come next. */
  take(event: RunEvent): string | undefined {
    const problem = this.#problemOf(event);
    if (problem === undefined) this.#next += 1;
    return problem;
  }

  #problemOf(event: RunEvent): string | undefined {
    if (event.run_id !== this.#runId) return `it belongs to the run ${event.run_id}`;
    if (event.seq !== this.#next) return `it has the number ${event.seq} instead of ${this.#next}`;
    if (event.type === "run_started") {
      if (this.#planned !== undefined) return "the run starts a second time";
      this.#planned = new Set(allTasks(event).map((task) => task.task_id));
      this.#open = new Set(this.#planned);
      return undefined;
    }
    if (this.#planned === undefined) return "the run has not started";
    if (event.type === "run_resumed") {
      const unknown = event.remaining.find((id) => this.#planned?.has(id) !== true);
      if (unknown !== undefined) return `there is no task ${unknown}`;
      this.#open = new Set(event.remaining);
    } else if (event.type === "task_finished") {
      if (event.result.task_id !== event.task_id) return `the result of ${event.task_id} is that of another task`;
      if (!this.#open.delete(event.task_id)) return `${event.task_id} ends, but it has ended already or is no task`;
    }
    return undefined;
  }
}
