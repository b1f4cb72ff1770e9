import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/schema/event.js";
import { lastEnds } from "../../../src/summary/last-ends.js";
import { Events } from "../../rig/events.js";
import { planOf } from "../../rig/plan.js";

it("keeps the start, the last end of each task in the order of these ends, and the last end of the run", () => {
  const e = new Events();
  const events = [
    e.started(planOf(2)),
    e.taskStarted("task-1"),
    e.taskFinished("task-1", "FAILED"),
    e.taskFinished("task-2"),
    e.finished(1),
    e.resumed(["task-1"]),
    e.taskFinished("task-1"),
    e.finished(2),
  ];
  expect(lastEnds(events)).toEqual([0, 3, 6, 7].map((i) => events[i]));
});

it("holds what it is told to hold", () => {
  const e = new Events();
  const events: RunEvent[] = [e.started(planOf(2)), e.taskFinished("task-1"), e.taskFinished("task-2"), e.finished(1)];
  const small = e.taskFinished("task-1", "OK", { content: "" });
  const held = lastEnds(events, (event) => ("task_id" in event && event.task_id === "task-1" ? small : undefined));
  expect(held).toEqual([small]);
});
