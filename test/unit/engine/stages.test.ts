// The stages of a run by themselves: which tasks they let in, which they block, and what they remember.
import { describe, expect, it } from "vitest";
import { StageQueue } from "../../../src/engine/stages.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { Status } from "../../../src/schema/result.js";
import { recordOf } from "../../rig/events.js";
import { makeTask, planOf } from "../../rig/plan.js";

const ids = (taskRuns: readonly { task: { id: string } }[]) => taskRuns.map(({ task }) => task.id);
const records = (...ended: [string, Status][]) => new Map(ended.map(([id, status]) => [id, recordOf(id, status)]));
const chain = (more: Partial<Plan> = {}) => planOf(3, { kind: "chain", fail_fast: true, ...more });
const council = planOf(2, { judge: makeTask({ index: 2, id: "judge" }) });

/** The next stage: ids of the tasks that start, and of those that don't with the reason. */
function next(queue: StageQueue) {
  const stage = queue.next();
  return stage && [ids(stage.ready), stage.blocked.map(({ taskRun, failure }) => [taskRun.task.id, failure.message])];
}

describe("the stages of a run", () => {
  it("are one for the tasks of a file", () => {
    const queue = new StageQueue(planOf(3), new Map());
    expect(ids(queue.first)).toEqual(["task-1", "task-2", "task-3"]);
    expect(queue.waiting).toEqual([]);
    expect(queue.next()).toBeUndefined();
  });

  it("are one for each step of a chain", () => {
    const queue = new StageQueue(chain(), new Map());
    expect([ids(queue.first), ids(queue.waiting)]).toEqual([["task-1"], ["task-2", "task-3"]]);
    queue.add(recordOf("task-1", "OK"));
    expect(next(queue)).toEqual([["task-2"], []]);
    queue.add(recordOf("task-2", "OK"));
    expect(next(queue)).toEqual([["task-3"], []]);
    expect(queue.next()).toBeUndefined();
  });

  it("leave out what has ended before", () => {
    const queue = new StageQueue(chain(), records(["task-1", "OK"], ["task-2", "OK"]));
    expect([ids(queue.first), ids(queue.waiting)]).toEqual([[], ["task-3"]]);
    expect([next(queue), next(queue)]).toEqual([
      [[], []],
      [["task-3"], []],
    ]);
  });

  it.each([
    ["the step before it failed", "FAILED", true, "the step before it failed"],
    ["it failed and fail_fast is off", "FAILED", false, undefined],
    ["the step before it waits for a quota", "WAITING", false, "a step before it waits for a quota"],
  ] as const)("block a step, or not, when %s", (_, status, fail_fast, reason) => {
    const queue = new StageQueue(chain({ fail_fast }), new Map());
    queue.add(recordOf("task-1", status));
    expect(next(queue)).toEqual(reason === undefined ? [["task-2"], []] : [[], [["task-2", reason]]]);
  });

  it.each([
    ["some answers are there", ["OK", "FAILED"], undefined],
    ["no answer is there", ["FAILED", "TIMEOUT"], "there are no answers to judge"],
    ["an answer waits for a quota", ["OK", "WAITING"], "answers that it needs wait for a quota"],
  ] as const)("block the judge, or not, when %s", (_, [one, two], reason) => {
    const queue = new StageQueue(council, new Map());
    queue.add(recordOf("task-1", one));
    queue.add(recordOf("task-2", two));
    expect(next(queue)).toEqual(reason === undefined ? [["judge"], []] : [[], [["judge", reason]]]);
  });

  it("give up what has not begun", () => {
    const queue = new StageQueue(chain(), new Map());
    expect(ids(queue.takeAll())).toEqual(["task-2", "task-3"]);
    expect(queue.next()).toBeUndefined();
  });

  it("keep records only while a later stage or a vote may ask for them", () => {
    const kept = (plan: Plan) => {
      const queue = new StageQueue(plan, new Map());
      queue.add(recordOf("task-1", "OK"));
      return [...queue.records.keys()];
    };
    expect(kept(planOf(2))).toEqual([]);
    expect(kept(planOf(2, { vote: { extract: "x", of: "number", task_ids: ["task-1"] } }))).toEqual(["task-1"]);
    expect(kept(council)).toEqual(["task-1"]);
  });
});
