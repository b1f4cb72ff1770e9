import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ndjsonReporter } from "../../../src/reporters/ndjson.js";
import { RunEvent } from "../../../src/schema/event.js";
import { guideResults, numbered, wholeRun } from "./run-events.js";

const live = (text: string) => numbered([{ type: "task_output", task_id: "task-1", attempt: 1, text }])[0] as RunEvent;

function collect() {
  const writes: string[] = [];
  let closed = 0;
  const reporter = ndjsonReporter({
    sink: {
      write: (text) => writes.push(text),
      close: () => {
        closed += 1;
      },
    },
  });
  return { reporter, writes, closed: () => closed };
}

describe("NDJSON events", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("writes every event as one line, as it happened", () => {
    const { reporter, writes, closed } = collect();
    const events = wholeRun(guideResults);
    for (const event of events) reporter.onEvent(event);
    reporter.close();
    const lines = writes.join("").trimEnd().split("\n");
    expect(lines.map((line) => RunEvent.parse(JSON.parse(line)))).toEqual(events);
    expect(closed()).toBe(1);
  });

  it("gathers live text until something changes", () => {
    const { reporter, writes } = collect();
    reporter.onEvent(live("a"));
    reporter.onEvent(live("b"));
    expect(writes).toEqual([]);
    reporter.onEvent(wholeRun(guideResults)[1] as RunEvent);
    expect(writes).toHaveLength(1);
    expect(writes[0]?.split("\n")).toHaveLength(4);
  });

  it("lets nobody wait for live text: 64 KiB or 100 ms, whichever comes first", () => {
    const { reporter, writes } = collect();
    reporter.onEvent(live("x".repeat(70_000)));
    expect(writes).toHaveLength(1);
    reporter.onEvent(live("late"));
    expect(writes).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(writes).toHaveLength(2);
    reporter.onEvent(live("last"));
    reporter.close();
    expect(writes).toHaveLength(3);
  });
});
