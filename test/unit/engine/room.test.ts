// A system without room for one more process or descriptor: fewer run at once, and nobody fails as long as others run.
import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { Attempt } from "../../../src/executors/executor.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { planOf } from "../../rig/plan.js";

const FULL: Failure = { kind: "crashed", message: "Cannot start claude: too many files are open." };
const silent: Partial<Attempt> = { unstarted: { why: "exhausted", announced: false } };
const announced: Partial<Attempt> = { unstarted: { why: "exhausted", announced: true } };

function start(count: number, signal?: AbortSignal) {
  const executor = new FakeExecutor();
  const clock = new FakeClock();
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const plan = planOf(count, { max_parallel: count });
  const done = run({ plan, executor, clock, onEvent, ...(signal ? { signal } : {}) });
  const results = () =>
    events
      .flatMap((event) => (event.type === "task_finished" ? [event.result] : []))
      .map(({ task_id, status, attempts }) => `${task_id} ${status} ${attempts}`)
      .sort();
  const of = (type: RunEvent["type"]) => events.filter((event) => event.type === type);
  return { executor, clock, done, results, of };
}

describe("tasks for which there is no room", () => {
  it("wait until another one has ended, and no attempt of theirs counts", async () => {
    const { executor, done, results, of } = start(4);
    executor.of("task-3").fail(FULL, silent);
    executor.of("task-4").fail(FULL, silent);
    await settle();
    expect([...executor.running.keys()]).toEqual(["task-1", "task-2"]);
    executor.of("task-1").succeed();
    await settle();
    expect([...executor.running.keys()]).toEqual(["task-2", "task-3"]);
    executor.of("task-2").succeed();
    await settle();
    for (const id of executor.running.keys()) executor.of(id).succeed();
    await settle();
    for (const id of executor.running.keys()) executor.of(id).succeed();
    await done;
    expect(results()).toEqual(["task-1 OK 1", "task-2 OK 1", "task-3 OK 1", "task-4 OK 1"]);
    expect(of("warning")).toMatchObject([{ message: expect.stringContaining(FULL.message) }]);
    expect(of("task_retrying")).toEqual([]);
  });

  it("are said to wait if their start was told already", async () => {
    const { executor, done, of } = start(2);
    executor.of("task-2").fail(FULL, announced);
    await settle();
    expect(of("task_retrying")).toMatchObject([{ task_id: "task-2", attempt: 1, failure: FULL, delay_seconds: 0 }]);
    executor.of("task-1").succeed();
    await settle();
    executor.of("task-2").succeed();
    await done;
  });

  it("fail if nothing else runs, with the limit and what to do", async () => {
    const { executor, done, results } = start(2);
    executor.of("task-2").fail(FULL, silent);
    await settle();
    executor.of("task-1").fail(FULL, silent);
    await settle();
    expect(results()).toEqual(["task-1 FAILED 1"]);
    executor.of("task-2").succeed();
    await done;
    expect(results()).toEqual(["task-1 FAILED 1", "task-2 OK 1"]);
  });

  it("are canceled, not failed, when the run is stopped", async () => {
    const stop = new AbortController();
    const { executor, done, results } = start(2, stop.signal);
    executor.of("task-2").fail(FULL, silent);
    await settle();
    stop.abort("SIGINT");
    await done;
    expect(results()).toEqual(["task-1 CANCELED 1", "task-2 CANCELED 0"]);
  });
});
