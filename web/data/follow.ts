// Follows the events of a run for a page: in batches, with the state of the connection, until the run ends.
import type { RunEvent } from "../../src/schema/event.js";
import { type ApiFailure, clientOf, failureOf, uncached } from "./server.js";

/** `ended`: the run and the stream have ended. */
export type Link = "connecting" | "live" | "lost" | "ended";

export interface Follower {
  /** The number of the last known event. */
  after(): number;
  /** Some events at a time, in order. */
  onEvents(events: RunEvent[]): void;
  onLink(link: Link, failure?: ApiFailure): void;
  /** Milliseconds since 1970 by the server's clock. */
  onServerTime(now: number): void;
  signal: AbortSignal;
}

/** Events that arrive together form one batch: drawing takes longer than reading. */
const GATHER_MS = 60;
/** The pause after a failure that ends the client's own attempts. */
const PAUSE_MS = 5000;

/** Follows until the run has ended, the server refuses, or the signal is aborted. */
export async function follow(runId: string, follower: Follower): Promise<void> {
  const { signal, onLink } = follower;
  onLink("connecting");
  for (;;) {
    const failure = await followOnce(runId, follower);
    if (signal.aborted) return;
    if (failure === undefined) return onLink("ended");
    onLink("lost", failure);
    // Retrying would not help; a new key starts the page again.
    if (failure.status >= 400 && failure.status < 500) return;
    await sleep(PAUSE_MS, signal);
  }
}

/** To the end of the run; the client reconnects, and gives up after a minute. */
async function followOnce(runId: string, follower: Follower): Promise<ApiFailure | undefined> {
  const { signal, after, onEvents } = follower;
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
    for await (const event of clientOf(watched(follower)).runs.events(runId, { after: after(), signal })) {
      gathered.push(event);
      timer ??= setTimeout(handOver, GATHER_MS);
    }
    return undefined;
  } catch (error) {
    return signal.aborted ? undefined : failureOf(error);
  } finally {
    handOver();
  }
}

/** The browser's `fetch`, which also reports the state of the connection. */
function watched({ onLink, onServerTime, signal }: Follower): typeof fetch {
  return async (input, init) => {
    try {
      const response = await uncached(input, init);
      if (response.ok && !signal.aborted) {
        onServerTime(Date.parse(response.headers.get("Date") ?? ""));
        onLink("live");
      }
      return response;
    } catch (error) {
      if (!signal.aborted) onLink("lost", failureOf(error));
      throw error;
    }
  };
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
