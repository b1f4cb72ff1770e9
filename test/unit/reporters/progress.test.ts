import { describe, expect, it } from "vitest";
import { progressReporter } from "../../../src/reporters/progress.js";
import type { RunEventBody } from "../../../src/schema/event.js";
import { clockWords, momentWords } from "../../../src/util/time-text.js";
import {
  failed,
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  taskStarted,
  wholeRun,
} from "./run-events.js";

/** When the first event of a report happens. */
const START = Date.parse(numbered([runStarted([])])[0]?.time ?? "");
/** The local time, with the date where the zone of the test puts it on another day. */
const clock = (time_ms: number) => momentWords(new Date(time_ms).toISOString(), START).split(" (")[0];

function report(bodies: readonly RunEventBody[], states = false): string {
  let text = "";
  const reporter = progressReporter({ write: (t) => (text += t), states });
  for (const event of numbered(bodies)) reporter.onEvent(event);
  reporter.close();
  return text;
}

const activity = (fields: {
  kind: "tool_call" | "tool_result" | "tool_refused" | "note" | "stderr";
  text: string;
  tool?: string;
}) => ({ type: "task_activity", task_id: "task-1", attempt: 1, ...fields }) as const;

describe("progress on stderr", () => {
  it("says nothing about a run in which nothing is to be said", () => {
    let text = "";
    const reporter = progressReporter({ write: (t) => (text += t) });
    for (const event of wholeRun([record()])) reporter.onEvent(event);
    expect(text).toBe("");
  });

  it("cuts a name that is too long for a line", () => {
    const long = record({ name: "n".repeat(100_000) });
    const lines = report([runStarted([long]), taskStarted(long), taskFinished(long)], true)
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain(`] ${"n".repeat(39)}…: `);
  });

  it("shows warnings and says that answers are made up", () => {
    expect(
      report([
        runStarted([record()], { offline: true }),
        { type: "warning", message: "codex does not know max_turns" },
        { type: "warning", message: "untested version", task_id: "task-1" },
      ]),
    ).toBe(
      "offline model: answers are not from a real model\n" +
        "warning: codex does not know max_turns\nwarning: task-1: untested version\n",
    );
  });

  it("shows the steps of verbose tasks only, each line with the task's id", () => {
    const steps = [
      activity({ kind: "tool_call", tool: "Bash", text: "echo hi" }),
      activity({ kind: "tool_result", tool: "Bash", text: "hi\nthere\n" }),
      activity({ kind: "tool_refused", tool: "Edit", text: "a.ts" }),
      activity({ kind: "note", text: "trying again" }),
      activity({ kind: "stderr", text: "noise" }),
    ];
    expect(report([runStarted([record()], { verbose: true }), ...steps])).toBe(
      "[task-1] tool Bash: echo hi\n[task-1] result Bash: hi\n[task-1] there\n[task-1] refused Edit: a.ts\n" +
        "[task-1] note: trying again\n[task-1] stderr: noise\n",
    );
    expect(report([runStarted([record()]), ...steps])).toBe("");
  });

  it("shows every retry", () => {
    const failure = { kind: "rate_limited", message: "too many requests", http_status: 429 } as const;
    expect(
      report([
        runStarted([record()]),
        { type: "task_retrying", task_id: "task-1", attempt: 1, failure, delay_seconds: 2.04, backend: "claude" },
        { type: "task_retrying", task_id: "task-1", attempt: 2, failure, delay_seconds: 0, backend: "codex" },
      ]),
    ).toBe(
      "[task-1] attempt 1 failed: Rate limited (429); trying again with claude in 2 s\n" +
        "[task-1] attempt 2 failed: Rate limited (429); trying again with codex now\n",
    );
  });

  it("says that a backend pauses, who asked for it, and how long the patience lasts", () => {
    const failure = { kind: "overloaded", message: "busy", http_status: 529 } as const;
    const again = { asked_by_service: true, patience_until: new Date(START + 600_000).toISOString() } as const;
    const until = new Date(START + 20_000).toISOString();
    const patience = clockWords(again.patience_until, START);
    expect(
      report([
        { type: "lane_paused", backend: "claude", until, failure, ...again },
        { type: "task_retrying", task_id: "a", attempt: 1, failure, delay_seconds: 20, backend: "claude", ...again },
      ]),
    ).toBe(
      `claude: Overloaded (529); its tasks wait. Trying again in 20 s (the service asked for it), patience until ${patience}\n` +
        `[a] attempt 1 failed: Overloaded (529); trying again with claude in 20 s (the service asked for it), patience until ${patience}\n`,
    );
  });

  it("says once how long a backend pauses, though each of its tasks is told another second", () => {
    const failure = { kind: "overloaded", message: "busy", http_status: 529 } as const;
    const paused = (after_ms: number) =>
      ({ type: "lane_paused", backend: "claude", until: new Date(START + after_ms).toISOString(), failure }) as const;
    expect(report([paused(20_000), paused(20_400), paused(21_100), paused(53_000)])).toBe(
      "claude: Overloaded (529); its tasks wait. Trying again in 20 s\n" +
        "claude: Overloaded (529); its tasks wait. Trying again in 50 s\n",
    );
  });

  it("says of a long wait until when it lasts, in local time", () => {
    const failure = { kind: "quota_exhausted", message: "used up", http_status: 429 } as const;
    expect(
      report([
        { type: "task_retrying", task_id: "a", attempt: 1, failure, delay_seconds: 3660, backend: "claude" },
        { type: "task_retrying", task_id: "b", attempt: 0, failure, delay_seconds: 0, backend: "gemini" },
      ]),
    ).toBe(
      `[a] attempt 1 failed: Quota used up; waits for claude until ${clock(START + 3_660_000)} (in 1 h 1 min)\n` +
        "[b] not started: Quota used up; gemini is asked instead\n",
    );
  });

  it("shows what becomes of a backend's lane, and a resumed run", () => {
    const failure = { kind: "quota_exhausted", message: "used up" } as const;
    const parked = (after_ms: number) =>
      ({ type: "lane_parked", backend: "claude", until: new Date(START + after_ms).toISOString(), failure }) as const;
    expect(
      report([
        { type: "run_resumed", remaining: ["task-2", "task-3"] },
        { type: "lane_changed", backend: "codex", limit: 2, reason: "throttled" },
        { type: "lane_changed", backend: "codex", limit: 1, reason: "throttled" },
        { type: "lane_changed", backend: "codex", limit: 2, reason: "recovered" },
        parked(7_500_000),
        parked(7_502_000),
        parked(8_000_000),
      ]),
    ).toBe(
      "resuming: 2 of the run's tasks are left\n" +
        "codex: the service is slowing us down; at most 2 tasks at once until it recovers\n" +
        "codex: the service is slowing us down; at most 1 task at once until it recovers\n" +
        "codex: recovering; at most 2 tasks at once now\n" +
        `claude: Quota used up; its tasks wait until ${clock(START + 7_500_000)} (in 2 h 4 min)\n` +
        `claude: Quota used up; its tasks wait until ${clock(START + 8_000_000)} (in 2 h 13 min)\n`,
    );
  });

  it("tells starts and ends where nothing else shows them", () => {
    const failure = { kind: "rate_limited", message: "too many requests", http_status: 429 } as const;
    const [one, two] = [record({ name: "Review\nof it" }), record({ index: 1 })];
    const bodies: RunEventBody[] = [
      runStarted([one, two]),
      taskStarted(one),
      { type: "task_output", task_id: "task-1", attempt: 1, text: "hello" },
      { type: "task_retrying", task_id: "task-1", attempt: 1, failure, delay_seconds: 2, backend: "codex" },
      taskStarted({ ...one, attempts: 2 }),
      taskFinished(failed({ duration_seconds: 3, attempts: 2, failure })),
      taskFinished(record({ index: 1, status: "CANCELED", start_time: null })),
      runFinished(),
    ];
    expect(report(bodies, true)).toBe(
      "[task-1] Review of it: started on claude\n" +
        "[task-1] Review of it: attempt 1 failed: Rate limited (429); trying again with codex in 2 s\n" +
        "[task-1] Review of it: started on codex (attempt 2)\n" +
        "[task-1] Review of it: FAILED (3.00s): Rate limited (429)\n" +
        "[task-2] Task 2: CANCELED\n",
    );
    expect(report(bodies)).not.toContain("started");
  });

  it("does not let a CLI drive a terminal, or the viewer of a log", () => {
    const text = "\u001b[2Jgone\rx \u202eback";
    const events = [runStarted([record()], { verbose: true }), activity({ kind: "stderr", text })];
    expect(report(events)).toBe("[task-1] stderr: ^[[2Jgone^Mx ‹U+202E›back\n");
  });
});
