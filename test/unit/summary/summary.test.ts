import { describe, expect, it } from "vitest";
import { RunResult } from "../../../src/schema/result.js";
import { runResult } from "../../../src/summary/documents.js";
import { counts, emptyRun, fold, records } from "../../../src/summary/summary.js";
import { failed, numbered, record, runFinished, runStarted, taskFinished, wholeRun } from "../reporters/run-events.js";

const usage = { input_tokens: 10, output_tokens: 2, cached_tokens: null, reasoning_tokens: null };

describe("summary", () => {
  it("knows nothing before the first event", () => {
    expect(counts(emptyRun())).toEqual({ total: 0, completed: 0, failed: 0, canceled: 0, waiting: 0, unfinished: 0 });
    expect(runResult(emptyRun())).toBeUndefined();
  });

  it("gives the document of a finished run, in file order, as the schema says", () => {
    const results = [
      record({ index: 0, usage, cost_usd: 0.1, model: "m" }),
      failed({ index: 1, usage: { ...usage, input_tokens: 5, reasoning_tokens: 7 } }),
      failed({ index: 2, status: "TIMEOUT", exit_code: 124, cost_usd: 0.2 }),
      failed({ index: 3, status: "WAITING", failure: { kind: "quota_exhausted", message: "used up" } }),
      failed({ index: 4, status: "CANCELED", exit_code: 130, failure: { kind: "canceled", message: "stopped" } }),
    ];
    const result = runResult(wholeRun(results, results.toReversed()).reduce(fold, emptyRun()));
    expect(RunResult.parse(result)).toEqual({
      run_id: "run-1",
      total_tasks: 5,
      completed_tasks: 1,
      failed_tasks: 2,
      canceled_tasks: 1,
      waiting_tasks: 1,
      total_duration_seconds: 15.67,
      start_time: "2026-01-02T03:04:05.000Z",
      end_time: "2026-01-02T03:04:16.000Z",
      usage: { input_tokens: 15, output_tokens: 4, cached_tokens: null, reasoning_tokens: 7 },
      cost_usd: 0.3,
      results,
    });
  });

  it("has what was warned of once each, with the task that it concerns", () => {
    const events = numbered([
      runStarted([record()]),
      { type: "warning", message: "all of you" },
      { type: "warning", message: "all of you" },
      { type: "warning", message: "mind this", task_id: "task-1" },
      taskFinished(record()),
      runFinished(),
    ]);
    const document = runResult(events.reduce(fold, emptyRun()));
    expect(RunResult.parse(document).warnings).toEqual(["all of you", "task-1: mind this"]);
  });

  it("has no sums where nothing is known", () => {
    const result = runResult(wholeRun([record(), failed({ index: 1 })]).reduce(fold, emptyRun()));
    expect(result).toMatchObject({ usage: null, cost_usd: null });
  });

  it("counts on the way, and offers no document before the end", () => {
    const results = [record({ index: 0 }), failed({ index: 1 })];
    const state = numbered([runStarted(results), taskFinished(failed({ index: 1 }))]).reduce(fold, emptyRun());
    expect(counts(state)).toEqual({ total: 2, completed: 0, failed: 1, canceled: 0, waiting: 0, unfinished: 1 });
    expect(runResult(state)).toBeUndefined();
  });

  it("counts a task that never reported as canceled once the run is over", () => {
    const results = [record({ index: 0 }), record({ index: 1, tags: ["a"], meta: { b: 1 } })];
    const state = numbered([
      runStarted(results),
      taskFinished(record()),
      runFinished({ interrupted_by: "SIGINT" }),
    ]).reduce(fold, emptyRun());
    expect(counts(state)).toMatchObject({ completed: 1, canceled: 1, unfinished: 0 });
    expect(RunResult.parse(runResult(state)).results[1]).toMatchObject({
      task_id: "task-2",
      status: "CANCELED",
      exit_code: 130,
      tags: ["a"],
      meta: { b: 1 },
    });
    expect(state.finished?.interrupted_by).toBe("SIGINT");
  });

  it("counts a resumed task by its last result only", () => {
    const results = [record(), failed({ index: 1, status: "WAITING" })];
    const before = numbered([runStarted(results), ...results.map(taskFinished), runFinished()]);
    const state = before.reduce(fold, emptyRun());
    expect(counts(state)).toMatchObject({ completed: 1, waiting: 1 });
    numbered([{ type: "run_resumed", remaining: ["task-2"] }]).reduce(fold, state);
    expect(counts(state)).toMatchObject({ completed: 1, waiting: 0, unfinished: 1 });
    expect(runResult(state)).toBeUndefined();
  });

  it("keeps large answers out of the document and their whereabouts in the records", () => {
    const large = record({ content: "", content_file: { path: "/run/answer", bytes: 300_000 } });
    const state = wholeRun([large]).reduce(fold, emptyRun());
    expect(RunResult.parse(runResult(state)).results[0]?.content).toBe("");
    expect(records(state)[0]?.content_file?.path).toBe("/run/answer");
  });

  it("drops answers for consumers that only count", () => {
    const state = wholeRun([record()]).reduce(fold, emptyRun({ keep_content: false }));
    expect(records(state)[0]?.content).toBe("");
    expect(counts(state).completed).toBe(1);
  });
});
