import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/schema/event.js";
import { fitsFilter, fitsSearch, runOverview } from "../../../src/summary/overview.js";
import { emptyRun, fold } from "../../../src/summary/summary.js";
import { Events, RUN_ID } from "../../rig/events.js";
import { makeTask, planOf } from "../../rig/plan.js";

function overview(tell: (events: Events) => RunEvent[], plan = planOf(2)) {
  const events = new Events();
  const state = emptyRun({ keep_content: false });
  for (const event of [events.started(plan), ...tell(events)]) fold(state, event);
  return runOverview(RUN_ID, state);
}

it("a run has failed as soon as a task has, and has succeeded once all have", () => {
  expect(overview((e) => [e.taskFinished("task-1")]).outcome).toBeNull();
  expect(overview((e) => [e.taskFinished("task-1", "TIMEOUT")]).outcome).toBe("failed");
  const both = overview((e) => [e.taskFinished("task-1"), e.taskFinished("task-2"), e.finished()]);
  expect(both).toMatchObject({ status: "finished", outcome: "succeeded" });
  expect(overview((e) => [e.taskFinished("task-1"), e.taskFinished("task-2", "CANCELED")]).outcome).toBeNull();
});

it("a judge that failed is a failure of the run, though no task is counted", () => {
  const plan = planOf(1, { judge: makeTask({ id: "judge", index: 1 }) });
  const failed = overview((e) => [e.taskFinished("task-1"), e.taskFinished("judge", "FAILED"), e.finished()], plan);
  expect(failed).toMatchObject({ status: "finished", outcome: "failed", counts: { total: 1, failed: 0 } });
  expect(fitsFilter(failed, "failed")).toBe(true);
  expect(fitsFilter(failed, "finished")).toBe(true);
  expect(fitsFilter(failed, "waiting")).toBe(false);
});

it("what an older version kept has failed if it counted failures", () => {
  const { outcome: _, ...old } = overview((e) => [e.taskFinished("task-1", "FAILED")]);
  expect(fitsFilter(old, "failed")).toBe(true);
});

it("a retry counts the time in which a process worked, not the pause before it", () => {
  const at = (event: RunEvent, second: number) => ({
    ...event,
    time: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
  });
  const retried = overview((e) => [
    at(e.taskFinished("task-1"), 4),
    at(e.resumed(["task-2"]), 5000),
    at(e.taskFinished("task-2"), 5003),
  ]);
  expect(retried.duration_seconds).toBe(7);
});

it("is found by words of its name, directory and backends", () => {
  const run = { ...overview(() => []), name: "Nightly review", directory: "/srv/shop" };
  expect(fitsSearch(run, "NIGHTLY shop")).toBe(true);
  expect(fitsSearch(run, "claude")).toBe(true);
  expect(fitsSearch(run, "nightly gemini")).toBe(false);
});
