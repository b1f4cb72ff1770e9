import { describe, expect, it } from "vitest";
import type { RunEventBody } from "../../../../src/schema/event.js";
import type { TaskRecord } from "../../../../src/schema/result.js";
import { clockWords } from "../../../../src/util/time-text.js";
import { failed, plannedOf, record, runFinished, runStarted, taskFinished, taskStarted } from "../run-events.js";
import { frameAt, live, output, START, tasks, toolCall } from "./live-events.js";

type Four = [TaskRecord, TaskRecord, TaskRecord, TaskRecord];
const [one, two, three, four] = [0, 1, 2, 3].map((index) => record({ index })) as Four;
const quota = { kind: "quota_exhausted", message: "used up" } as const;

describe("a frame of the live view", () => {
  it("has a line for each running task, the one that has run longest first, and the counts below", () => {
    const bodies = [
      runStarted([one, two, three, four]),
      taskStarted(one),
      taskStarted(two),
      toolCall("task-1", "Bash", "npm test"),
      output("task-2", "Reading the sources.\nThe parser "),
      output("task-2", "is fine.\n\n"),
      taskStarted(three),
      taskFinished(failed({ index: 2 })),
    ];
    expect(frameAt(65, live(bodies))).toEqual([
      "* 1:04 Task 1  claude  Bash: npm test",
      "* 1:03 Task 2  claude  The parser is fine.",
      "0/4 done · 2 running · 1 waiting · 1 failed · 1:05",
    ]);
  });

  it("names the judge of a council, who is not one of the tasks", () => {
    const judge = record({ index: 1, task_id: "judge", name: "Merge all", backend: "codex" });
    const bodies = [runStarted([one], { judge: plannedOf(judge) }), taskStarted(one), taskFinished(one)];
    expect(frameAt(9, live([...bodies, taskStarted(judge), output("judge", "Both agree")]))).toEqual([
      "* 0:06 Merge all  codex  Both agree",
      "1/1 done · 1 running · 0:09",
    ]);
  });

  it("is empty before the first event, and has no tasks after the last", () => {
    expect(frameAt(0, live([]))).toEqual([]);
    const over = live([runStarted([one]), taskStarted(one), taskFinished(one), runFinished()]);
    expect(frameAt(9, over)).toEqual(["1/1 done"]);
  });

  it("shows the last thing that an agent did: text after a tool call, a refused call, a note", () => {
    const does = (...bodies: RunEventBody[]) =>
      frameAt(5, live([runStarted([one]), taskStarted(one), ...bodies]))[0]?.replace(/^.*claude {2}/, "");
    const activity = (kind: "tool_refused" | "note" | "stderr" | "tool_result", text: string): RunEventBody => ({
      ...{ type: "task_activity", task_id: "task-1", attempt: 1, kind, text },
      ...(kind === "note" || kind === "stderr" ? {} : { tool: "Edit" }),
    });
    const call = toolCall("task-1", "Edit", "a.ts");
    expect(does(call, output("task-1", "now"))).toBe("now");
    expect(does(output("task-1", "old"), call, activity("tool_result", "fine"))).toBe("Edit: a.ts");
    expect(does(output("task-1", "old"), call, output("task-1", "new"))).toBe("new");
    expect(does(activity("tool_refused", "b.ts"))).toBe("refused Edit: b.ts");
    expect(does(activity("note", "tries again"))).toBe("note: tries again");
    expect(does(call, activity("stderr", "noise"))).toBe("Edit: a.ts");
  });

  it("shows tokens where a CLI tells them, and their sum of finished tasks", () => {
    const used: RunEventBody = {
      ...{ type: "task_activity", task_id: "task-1", attempt: 1, kind: "tool_result", text: "", tokens: 12_345 },
    };
    const usage = { input_tokens: 1_234_000, output_tokens: 500, cached_tokens: 0, reasoning_tokens: null };
    const bodies = [runStarted([one, two, three]), taskStarted(one), taskStarted(two), used];
    expect(frameAt(9, live([...bodies, taskStarted(three), taskFinished({ ...three, usage })]))).toEqual([
      "* 0:08 Task 1  claude  12.3k tokens",
      "* 0:07 Task 2  claude",
      "1/3 done · 2 running · 1.23M tokens · 0:09",
    ]);
  });

  it("keeps its clock through the attempts of a task and shows the backend of the present one", () => {
    const again: RunEventBody = {
      ...{ type: "task_retrying", task_id: "task-1", attempt: 1, failure: quota, delay_seconds: 30 },
      backend: "codex",
    };
    const bodies = [runStarted([one, two]), taskStarted(one), again];
    expect(frameAt(20, live(bodies))).toEqual(["0/2 done · 1 waiting · 1 to be retried"]);
    expect(frameAt(40, live(bodies))).toEqual(["0/2 done · 2 waiting"]);
    expect(frameAt(60, live([...bodies, taskStarted(one)]))[0]).toBe("* 0:59 Task 1  codex");
  });

  it("says until when tasks wait for a quota", () => {
    const until = new Date(START + 7_200_000).toISOString();
    const bodies: RunEventBody[] = [
      runStarted([one, two, record({ index: 2, backend: "codex" })]),
      taskStarted(one),
      { type: "lane_parked", backend: "claude", until, failure: quota },
      { type: "task_retrying", task_id: "task-1", attempt: 1, failure: quota, delay_seconds: 7198, backend: "claude" },
    ];
    const clock = clockWords(until, START);
    expect(frameAt(10, live(bodies))).toEqual([`0/3 done · 1 waiting · 2 waiting for quota until ${clock}`]);
    expect(frameAt(7201, live(bodies))).toEqual(["0/3 done · 3 waiting"]);
  });

  it("says which backend the tasks wait for that throttles, and for how long", () => {
    const until = new Date(START + 30_000).toISOString();
    const failure = { kind: "overloaded", message: "529" } as const;
    const bodies: RunEventBody[] = [
      runStarted([one, two, record({ index: 2, backend: "codex" })]),
      taskStarted(one),
      { type: "lane_paused", backend: "claude", until, failure },
      { type: "task_retrying", task_id: "task-1", attempt: 1, failure, delay_seconds: 28, backend: "claude" },
    ];
    expect(frameAt(10, live(bodies))).toEqual(["0/3 done · 1 waiting · 2 waiting for claude, 20 s"]);
    const probing = [...bodies, taskStarted(one)];
    expect(frameAt(31, live(probing)).at(-1)).toContain("1 running · 1 waiting · 1 waiting for claude ·");
    const open: RunEventBody = { type: "lane_changed", backend: "claude", limit: 1, reason: "recovered" };
    expect(frameAt(32, live([...probing, open])).at(-1)).toContain("1 running · 2 waiting ·");
  });

  it("counts what ended because of a quota or was canceled", () => {
    const ends = [record({ index: 0, status: "WAITING" }), record({ index: 1, status: "CANCELED" })];
    expect(frameAt(5, live([runStarted(tasks(3)), ...ends.map(taskFinished)]))).toEqual([
      "0/3 done · 1 waiting · 1 waiting for quota · 1 canceled",
    ]);
  });

  it("shows the end of what is said, which moves, and what the run has cost", () => {
    const said = output("task-1", `The loop in cart.js is quadratic, ${"and so on, ".repeat(20)}and this is new`);
    const bodies = [runStarted([one, two]), taskStarted(one), said, taskStarted(two)];
    expect(frameAt(9, live([...bodies, taskFinished({ ...two, cost_usd: 0.25 })]), { columns: 50 })).toEqual([
      "* 0:08 Task 1  claude  …and so on, and this is new",
      "1/2 done · 1 running · $0.25 · 0:09",
    ]);
  });

  it("leaves out the columns for which there is no room", () => {
    const review = record({ name: "Review of the architecture" });
    const state = live([runStarted([review, two]), taskStarted(review), toolCall("task-1", "Bash", "npm run build")]);
    const widths = [70, 44, 30, 20, 8, 1];
    expect(widths.map((columns) => frameAt(3, state, { columns })[0])).toEqual([
      "* 0:02 Review of the architectu…  claude  Bash: npm run build",
      "* 0:02 Review of the…  Bash: npm run build",
      "* 0:02 Review of the architec…",
      "* 0:02 Review of th…",
      "* 0:02 …",
      "…",
    ]);
    expect(widths.map((columns) => frameAt(3, state, { columns })[1])).toEqual([
      "0/2 done · 1 running · 1 waiting · 0:03",
      "0/2 done · 1 running · 1 waiting · 0:03",
      "0/2 done · 1 running",
      "0/2 done · 1 running",
      "0/2 done",
      "…",
    ]);
  });

  it("shows as many tasks as there are rows for, and how many there are beside", () => {
    const many = tasks(30);
    const state = live([runStarted(many), ...many.map(taskStarted)]);
    const rows = (count: number) => frameAt(60, state, { rows: count }).map((line) => line.slice(0, 20).trim());
    expect(rows(10)).toHaveLength(9);
    expect(rows(10).slice(0, 2)).toEqual(["* 0:59 Task 1  claud", "* 0:58 Task 2  claud"]);
    expect(rows(10).slice(-2)).toEqual(["… and 23 more", "0/30 done · 30 runni"]);
    expect(rows(4)).toEqual([expect.stringContaining("Task 1"), "… and 29 more", "0/30 done · 30 runni"]);
    expect(rows(3)).toEqual([expect.stringContaining("Task 1"), "0/30 done · 30 runni"]);
    expect(rows(2)).toEqual(["0/30 done · 30 runni"]);
    expect(rows(1)).toEqual([]);
    expect(rows(40)).toHaveLength(20);
  });

  it("is aligned by what is seen, not by what is counted", () => {
    const names = [record({ index: 0, name: "日本語" }), record({ index: 1, name: "grüße 🎉" })];
    expect(frameAt(5, live([runStarted(names), ...names.map(taskStarted)])).slice(0, 2)).toEqual([
      "* 0:04 日本語    claude",
      "* 0:03 grüße 🎉  claude",
    ]);
  });

  it("lets nobody drive the terminal", () => {
    const name = "a\u001b[2Jb\u202ec\nd\u0007";
    const bodies = [runStarted([{ ...one, name }]), taskStarted(one)];
    const text = output("task-1", "\u001b]0;title\u0007\u001b[31mred\u001b[0m\tand\u009b2J so on\r\n");
    expect(frameAt(2, live([...bodies, text]))[0]).toBe("* 0:01 abc d  claude  red and so on");
  });

  it("is ASCII where the terminal knows nothing else", () => {
    const names = [record({ index: 0, name: "grüße" }), two];
    const state = live([
      runStarted(names),
      taskStarted(one),
      output("task-1", "ein ☃ im Schnee, und noch viel mehr davon"),
    ]);
    expect(frameAt(2, state, { unicode: false, columns: 50 })).toEqual([
      expect.stringMatching(/^[|/\\-] 0:01 gr\?\?e {2}claude {2}~e, und noch viel mehr davon$/),
      "0/2 done | 1 running | 1 waiting | 0:02",
    ]);
  });

  it("is coloured where it may be", () => {
    const state = live([runStarted([one, two]), taskStarted(one), taskFinished(failed({ index: 1 }))]);
    const [task = "", counts = ""] = frameAt(5, state, { color: true });
    expect(task).toContain("\u001b[2m0:04 \u001b[22m");
    expect(counts).toContain("\u001b[31m1 failed\u001b[39m");
  });
});
