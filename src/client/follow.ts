// Follows the events of a run: all so far, then each as it happens. After a lost connection it continues where it was.
import { createParser } from "eventsource-parser";
import type { RunDetail } from "../schema/api.js";
import type { RunEvent } from "../schema/event.js";
import { apiPath, type CallOptions, type Calls, ClinvkApiError } from "./calls.js";

export interface FollowOptions extends CallOptions {
  /** The `seq` of the last known event; 0 = none. */
  after?: number;
}

/** The client gives up after this many connections in a row without an event. */
const MAX_FAILURES = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Ends with `run_finished`, or when the run's process is gone (it was interrupted). Rejects when the server refuses, or
 * can't be reached for about a minute.
 */
export async function* followRun(
  calls: Calls,
  run_id: string,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const more: CallOptions = signal === undefined ? {} : { signal };
  let last = after;
  let failures = 0;
  for (;;) {
    let cause: unknown;
    let isOver = false;
    try {
      const headers = { Accept: "text/event-stream", ...(last > 0 ? { "Last-Event-ID": String(last) } : {}) };
      const response = await calls.send({ method: "GET", path: apiPath("runs", run_id, "events"), headers, ...more });
      for await (const event of eventsOf(response)) {
        last = event.seq;
        failures = 0;
        // A resumed run also has one in the middle: the run has ended only if no event follows.
        isOver = event.type === "run_finished";
        yield event;
      }
      if (isOver || response.status === 204 || !(await isUnderWay(calls, run_id, more))) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ClinvkApiError && error.status < 500 && error.status !== 429) throw error;
      cause = error;
    }
    failures += 1;
    if (failures > MAX_FAILURES)
      throw cause ?? new Error(`the connection for the events of ${run_id} breaks again and again`);
    const wanted = cause instanceof ClinvkApiError ? (cause.retry_after ?? 0) * 1000 : 0;
    await pause(Math.max(wanted, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)), signal);
  }
}

async function isUnderWay(calls: Calls, run_id: string, options: CallOptions): Promise<boolean> {
  const { status } = await calls.json<RunDetail>({ method: "GET", path: apiPath("runs", run_id), ...options });
  return status === "queued" || status === "running";
}

/** Leaving the loop ends the connection. */
async function* eventsOf({ body }: Response): AsyncGenerator<RunEvent, void, undefined> {
  if (body === null) return;
  const ready: RunEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => ready.push(JSON.parse(data) as RunEvent) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* ready.splice(0);
    }
  } finally {
    // Canceling a broken connection fails; that is fine.
    await reader.cancel().catch(() => {});
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const abort = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      done();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
