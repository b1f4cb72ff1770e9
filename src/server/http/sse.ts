// Server-Sent Events: a run's events as text, and the response that carries them.
import { jsonText } from "../../reporters/json.js";
import type { RunEvent } from "../../schema/event.js";

/** Keeps proxies from closing an idle connection. */
export const HEARTBEAT = encode(": still here\n\n");

/** One event; its `seq` is the id from which a client resumes. */
export function frame(event: RunEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${jsonText(event)}\n\n`;
}

/** Text as it is sent. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A response of frames, written as fast as its reader reads; `stop` is aborted when the reader has gone. */
export function sseResponse(frames: AsyncGenerator<Uint8Array>, stop: AbortController): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await frames.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      stop.abort();
      // The source may hold the journal's file open.
      void frames.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store",
      // Otherwise nginx would hold the events back.
      "X-Accel-Buffering": "no",
    },
  });
}

/** The number of the client's last event; `undefined` = the text is not a number. */
export function parseLastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return 0;
  const id = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}
