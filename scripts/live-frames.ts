// The recording in docs/guide/watch.md: what the live view shows of a run that was recorded with the real CLIs, at
// the moments that the page asks for.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import stringWidth from "string-width";
import { frame } from "../src/reporters/live/live-frame.js";
import { emptyLive, foldLive } from "../src/reporters/live/live-state.js";
import type { RunEvent } from "../src/schema/event.js";

const recording = fileURLToPath(new URL("../test/golden/live-view/run.ndjson", import.meta.url));

/** A comment that names the moment, followed by a block of text, which is the frame. */
const FRAME = /(<!-- frame after (\d+) s, (\d+) columns, (\d+) rows -->\n```text\n)[^`]*(```)/g;

/** The page with every frame made anew. */
export function withFrames(page: string): string {
  const events = readFileSync(recording, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  return page.replace(FRAME, (_, head: string, seconds: string, columns: string, rows: string, end: string) => {
    const size = { columns: Number(columns), rows: Number(rows) };
    return `${head}${frameAfter(events, Number(seconds), size).join("\n")}\n${end}`;
  });
}

function frameAfter(events: readonly RunEvent[], seconds: number, size: { columns: number; rows: number }): string[] {
  const now = Date.parse(events[0]?.time ?? "") + seconds * 1000;
  const state = emptyLive({ lane_caps: {}, waits_for_quota: false });
  for (const event of events) if (Date.parse(event.time) <= now) foldLive(state, event);
  return frame(state, { ...size, now, color: false, unicode: true, width: stringWidth });
}
