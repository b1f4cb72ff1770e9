// The events of a run as they come: all so far, then live; after a lost connection it goes on where it was.
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { RunEvent } from "../../src/schema/event.js";
import { type ApiFailure, apiPath, request } from "./api.js";

/** `ended`: the run is over, and so is the stream. */
export type Link = "connecting" | "live" | "lost" | "ended";

export interface Follower {
  /** The number of the last event that is known. */
  after(): number;
  /** Some events at a time, in order. */
  onEvents(events: RunEvent[]): void;
  onLink(link: Link, failure?: ApiFailure): void;
  /** Milliseconds since 1970 by the server's clock. */
  onServerTime(now: number): void;
  /** Whether a stream that ended may have a sequel. */
  goesOn(): Promise<boolean>;
  signal: AbortSignal;
}

/** Events that come at once are handed over at once: drawing is dearer than reading. */
const GATHER_MS = 60;
const LONGEST_PAUSE_MS = 10_000;

/** Follows until the run is over or the signal is aborted. */
export async function follow(runId: string, follower: Follower): Promise<void> {
  const { signal } = follower;
  follower.onLink("connecting");
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const after = follower.after();
    const response = await request(apiPath("runs", runId, "events"), {
      headers: { Accept: "text/event-stream", ...(after > 0 ? { "Last-Event-ID": String(after) } : {}) },
      signal,
    });
    if (signal.aborted) return;
    if (response.ok) {
      follower.onServerTime(Date.parse(response.value.headers.get("Date") ?? ""));
      follower.onLink("live");
      await readAll(response.value, follower);
      if (!signal.aborted && !(await follower.goesOn())) {
        follower.onLink("ended");
        return;
      }
      if (follower.after() > after) pause = 500;
    } else if (response.error.status >= 400 && response.error.status < 500 && response.error.status !== 429) {
      // Asking again would not help; a new key begins anew.
      follower.onLink("lost", response.error);
      return;
    }
    if (signal.aborted) return;
    follower.onLink("lost", response.ok ? undefined : response.error);
    await sleep(pause, signal);
  }
}

/** Reads to the end of the stream. */
async function readAll(response: Response, { onEvents, signal }: Follower): Promise<void> {
  if (response.body === null) return;
  const reader = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  let gathered: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const handOver = () => {
    clearTimeout(timer);
    timer = undefined;
    const events = gathered;
    gathered = [];
    if (events.length > 0 && !signal.aborted) onEvents(events);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      gathered.push(JSON.parse(value.data) as RunEvent);
      timer ??= setTimeout(handOver, GATHER_MS);
    }
  } catch {
    // The connection broke.
  }
  handOver();
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
