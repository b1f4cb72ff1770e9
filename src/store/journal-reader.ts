// Reads a journal back. A line that is damaged, out of order or contradicts the lines before it costs what it told, and no more:
// each line has a checksum of its own, and the numbers of the events show what is missing.
import { basename, join } from "node:path";
import { RunEvent } from "../schema/event.js";
import { longestRising } from "../util/longest-rising.js";
import { parseLine } from "./journal-line.js";
import { type RawLine, wholeLines } from "./journal-lines.js";
import { JournalValidator } from "./journal-order.js";
import { ANSWERS_DIR, EVENTS_FILE } from "./store.js";

/** Reads the journal of one run as far as it can be trusted. */
export class JournalReader {
  /** Where the last whole line so far ends, trusted or not: what is added later begins there. */
  whole_bytes = 0;
  /** Bytes of the whole lines that can't be trusted. */
  dropped_bytes = 0;
  /** What is wrong first; `undefined` = every line so far can be trusted, and none is missing. */
  damage: string | undefined;
  /** There are events without the run's start, which tells what they are about. */
  headless = false;
  readonly #path: string;
  readonly #answers: string;
  readonly #end: number;
  readonly #run_id: string;
  readonly #validator: JournalValidator;
  #lines = 0;
  /** Where the lines in order begin, as far as that was looked at: up to `#sorted_bytes`. */
  #inOrder: ReadonlySet<number> = new Set();
  #sorted_bytes = 0;

  /** `dir`: the run's directory. `end`: read only this many bytes of the file; default: all. */
  constructor(dir: string, runId: string, end = Number.POSITIVE_INFINITY) {
    this.#path = join(dir, EVENTS_FILE);
    this.#answers = join(dir, ANSWERS_DIR);
    this.#end = end;
    this.#run_id = runId;
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
    for (const line of wholeLines(this.#path, this.whole_bytes, this.#end)) {
      this.#lines += 1;
      const event = this.#trust(line);
      this.whole_bytes = line.to;
      if (typeof event === "object") yield this.#withOwnAnswer(event);
      else {
        this.dropped_bytes += line.to - line.from;
        this.damage ??= `line ${this.#lines} can't be trusted: ${event}`;
      }
    }
  }

  /** The event of a line, or why it can't be trusted. */
  #trust(line: RawLine): RunEvent | string {
    const value = parseLine(line.bytes);
    if (value === undefined) return "it is not as it was written";
    const shape = RunEvent.safeParse(withoutChecksum(value));
    if (!shape.success) return "it is no event that this version of clinvk knows";
    const event = shape.data;
    const { next_seq, started } = this.#validator;
    if (!started && event.type !== "run_started") this.headless = true;
    else if (!this.#isInOrder(event, line)) return `it has the number ${event.seq} instead of ${next_seq}`;
    const contradiction = this.#validator.take(event);
    if (contradiction !== undefined) return contradiction;
    if (event.seq > next_seq) {
      const missing =
        event.seq - 1 === next_seq ? `event ${next_seq} is` : `events ${next_seq} to ${event.seq - 1} are`;
      this.damage ??= `${missing} missing before line ${this.#lines}`;
    }
    return event;
  }

  /** A higher number may follow lines that are lost, or be the number of a line that was moved: what follows it tells. */
  #isInOrder({ seq }: RunEvent, { from }: RawLine): boolean {
    if (from >= this.#sorted_bytes) {
      if (seq === this.next_seq) return true;
      this.#sort(from);
    }
    return this.#inOrder.has(from);
  }

  #sort(position: number): void {
    const places: number[] = [];
    const numbers: number[] = [];
    for (const { bytes, from, to } of wholeLines(this.#path, position, this.#end)) {
      this.#sorted_bytes = to;
      const { seq, run_id } = (parseLine(bytes) ?? {}) as { seq?: unknown; run_id?: unknown };
      if (typeof seq !== "number" || seq < this.next_seq || run_id !== this.#run_id) continue;
      places.push(from);
      numbers.push(seq);
    }
    this.#inOrder = new Set(longestRising(numbers).map((place) => places[place] ?? 0));
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
}

/** The event as it was written, without the checksum, which is already verified. */
function withoutChecksum(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { crc: _, ...event } = value as { crc?: unknown };
  return event;
}
