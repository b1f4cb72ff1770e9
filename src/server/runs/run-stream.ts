// The events of a run for any number of readers, each at its own pace. The journal is the only buffer: every
// event is in it before it is sent, so a reader can always continue where it was, even after a crash of the server. A
// reader that has caught up gets the events as they happen; one that then falls behind reads the journal again.
import type { Reporter } from "../../reporters/reporter.js";
import type { RunEvent } from "../../schema/event.js";
import { JournalReader } from "../../store/journal-reader.js";
import { isLocked } from "../../store/lock.js";
import type { Journal } from "../../store/store.js";
import { encode, frame, HEARTBEAT } from "../http/sse.js";

/** Events are sent together with what follows them within this time. */
const PUBLISH_MILLISECONDS = 20;
/** A reader that is so far behind goes back to the journal. */
const MAX_BEHIND_BYTES = 512 * 1024;
/** Pieces in which the past is sent. */
const CHUNK_UNITS = 32 * 1024;
/** After this many past events, other requests get a turn. */
const EVENTS_AT_ONCE = 500;
/** How often the journal of another process is checked. */
const POLL_MILLISECONDS = 300;

/** Events as they are sent: encoded once, and shared by all readers that wait for them. */
interface Burst {
  bytes: Uint8Array;
  /** Number of its last event. */
  last_seq: number;
}

interface LiveReader {
  queue: Burst[];
  /** Of the whole queue. */
  bytes: number;
  fallen_behind: boolean;
  wake(): void;
}

/** The stream of a run that is under way in this process. */
export class RunStream implements Reporter {
  readonly #journal: Pick<Journal, "flush">;
  readonly #readers = new Set<LiveReader>();
  #pending: RunEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastSeq: number;
  #ended = false;

  /** `last_seq`: what the journal ends with; events up to it are not taken. */
  constructor(journal: Pick<Journal, "flush">, last_seq: number) {
    this.#journal = journal;
    this.#lastSeq = last_seq;
  }

  /** Number of the newest event. */
  get last_seq(): number {
    return this.#lastSeq;
  }

  /** No event follows the newest one. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes one event, which the journal has been given. */
  onEvent(event: RunEvent): void {
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    if (this.#readers.size === 0) return;
    this.#pending.push(event);
    this.#timer ??= setTimeout(() => this.#publish(), PUBLISH_MILLISECONDS);
  }

  close(): void {
    this.#publish();
    this.#ended = true;
    for (const reader of this.#readers) reader.wake();
  }

  /** Then the journal's file has every event up to `last_seq`. */
  flush(): void {
    this.#journal.flush();
  }

  /** For a reader that has all events up to `last_seq`: it gets all that follow. */
  join(): LiveReader {
    // What waits is in the journal since the newcomer's flush: it has it.
    this.#publish();
    const reader = { queue: [], bytes: 0, fallen_behind: false, wake: () => {} };
    this.#readers.add(reader);
    return reader;
  }

  leave(reader: LiveReader): void {
    this.#readers.delete(reader);
  }

  #publish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#pending;
    const last = events.at(-1);
    if (last === undefined) return;
    this.#pending = [];
    this.#journal.flush();
    const burst = { bytes: encode(events.map(frame).join("")), last_seq: last.seq };
    for (const reader of this.#readers) push(reader, burst);
  }
}

function push(reader: LiveReader, burst: Burst): void {
  if (reader.fallen_behind) return;
  // A reader that waits for more is not behind, however much comes at once: all share the one copy.
  reader.fallen_behind = reader.bytes > 0 && reader.bytes + burst.bytes.length > MAX_BEHIND_BYTES;
  if (reader.fallen_behind) reader.queue = [];
  else {
    reader.queue.push(burst);
    reader.bytes += burst.bytes.length;
  }
  reader.wake();
}

export interface FollowOptions {
  /** The run's directory. */
  dir: string;
  run_id: string;
  /** The number of the last event that the reader has; 0 = none. */
  after: number;
  signal: AbortSignal;
  heartbeat_ms: number;
}

/** All events after `after` as they are sent, each once and in order, until the run has ended or `signal` is aborted. */
export async function* follow(stream: RunStream, options: FollowOptions): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const past = new Past(options);
  while (!signal.aborted) {
    stream.flush();
    const recorded = stream.last_seq;
    yield* past.read();
    // Events that are still missing in the journal are lost: it could not be written (full disk).
    past.seq = Math.max(past.seq, recorded);
    if (past.seq < stream.last_seq) continue;
    if (stream.ended) return;
    // From the look at `last_seq` to this moment nobody else had a turn: nothing is missed.
    yield* live(stream, stream.join(), past, options);
  }
}

async function* live(
  stream: RunStream,
  reader: LiveReader,
  past: Past,
  { signal, heartbeat_ms }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  try {
    while (!signal.aborted && !reader.fallen_behind) {
      const burst = reader.queue.shift();
      if (burst !== undefined) {
        reader.bytes -= burst.bytes.length;
        past.seq = burst.last_seq;
        yield burst.bytes;
      } else if (stream.ended) return;
      else if (!(await woken(reader, signal, heartbeat_ms))) yield HEARTBEAT;
    }
  } finally {
    stream.leave(reader);
  }
}

/** The same for a run that this process does not work on: its journal, and what another process adds to it. */
export async function* followFile(options: FollowOptions): AsyncGenerator<Uint8Array> {
  const { dir, signal, heartbeat_ms } = options;
  const past = new Past(options);
  let idle_ms = 0;
  while (!signal.aborted) {
    // Before reading, so that the process's last events are read too.
    const goesOn = isLocked(dir);
    const before = past.seq;
    yield* past.read();
    if (!goesOn) return;
    idle_ms = past.seq > before ? 0 : idle_ms + POLL_MILLISECONDS;
    if (idle_ms >= heartbeat_ms) {
      idle_ms = 0;
      yield HEARTBEAT;
    }
    await woken({ wake: () => {} }, signal, POLL_MILLISECONDS);
  }
}

/** The events of a journal's file after the reader's position. */
class Past {
  /** The last event that the reader has. */
  seq: number;
  readonly #journal: JournalReader;

  constructor({ dir, run_id, after }: FollowOptions) {
    this.seq = after;
    this.#journal = new JournalReader(dir, run_id);
  }

  /** All that is there; others get their turn between two pieces. */
  async *read(): AsyncGenerator<Uint8Array> {
    let text = "";
    let count = 0;
    for (const event of this.#journal.read()) {
      count += 1;
      if (event.seq > this.seq) {
        this.seq = event.seq;
        text += frame(event);
      }
      if (text.length < CHUNK_UNITS && count % EVENTS_AT_ONCE > 0) continue;
      if (text !== "") yield encode(text);
      text = "";
      await new Promise((resume) => setImmediate(resume));
    }
    if (text !== "") yield encode(text);
  }
}

/** Waits for `wake`, the signal, or the end of the time; tells whether it was one of the first two. */
function woken(reader: Pick<LiveReader, "wake">, signal: AbortSignal, limit_ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (called: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve(called);
    };
    const wake = () => end(true);
    const timer = setTimeout(() => end(false), limit_ms);
    signal.addEventListener("abort", wake);
    reader.wake = wake;
    if (signal.aborted) wake();
  });
}
