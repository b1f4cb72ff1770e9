import { describe, expect, it } from "vitest";
import { progressReporter } from "../../../src/reporters/progress.js";
import type { RunEventBody } from "../../../src/schema/event.js";
import { numbered, record, runStarted, wholeRun } from "./run-events.js";

function report(bodies: readonly RunEventBody[], tty = false): string {
  let text = "";
  const reporter = progressReporter({ write: (t) => (text += t), tty });
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
      "[task-1] attempt 1 failed: Rate limited (429); trying again with claude in 2s\n" +
        "[task-1] attempt 2 failed: Rate limited (429); trying again with codex now\n",
    );
  });

  it("shows what becomes of a backend's lane, and a resumed run", () => {
    const failure = { kind: "quota_exhausted", message: "used up" } as const;
    expect(
      report([
        { type: "run_resumed", remaining: ["task-2", "task-3"] },
        { type: "lane_changed", backend: "codex", limit: 2, reason: "throttled" },
        { type: "lane_parked", backend: "claude", until: "2026-07-01T03:00:00.000Z", failure },
      ]),
    ).toBe(
      "resuming: 2 of the run's tasks are left\ncodex: throttled, now at most 2 at once\n" +
        "claude: Quota used up until 2026-07-01 03:00Z; its tasks wait\n",
    );
  });

  it("does not let a CLI drive the terminal", () => {
    const events = [runStarted([record()], { verbose: true }), activity({ kind: "stderr", text: "\u001b[2Jgone\rx" })];
    expect(report(events, true)).toBe("[task-1] stderr: ^[[2Jgone^Mx\n");
    expect(report(events)).toBe("[task-1] stderr: \u001b[2Jgone\rx\n");
  });
});
