// How long a CLI may be silent: less while its model thinks than while one of its tools works.
import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { ExecutorProgress } from "../../../src/executors/executor.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { Task } from "../../../src/schema/task.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

const CALL: ExecutorProgress = { type: "tool_call", tool: "Bash", detail: "make", may_write: true };
const RESULT: ExecutorProgress = { type: "tool_result", tool: "Bash", detail: "", is_error: false };
const TEXT: ExecutorProgress = { type: "text", text: "now" };

function start(limits: Partial<Task> = { idle_timeout_seconds: 600, tool_idle_timeout_seconds: 3600 }) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const events: RunEvent[] = [];
  const tasks = [makeTask({ retry_on: [], ...limits })];
  const done = run({ plan: planOf(0, { tasks }), executor, clock, onEvent: (event) => events.push(event) });
  /** The CLI prints a record. */
  const says = (...steps: ExecutorProgress[]) => {
    for (const step of steps) {
      executor.of("task-1").options.onAlive?.();
      executor.of("task-1").progress(step);
    }
  };
  const failure = () => events.flatMap((event) => (event.type === "task_finished" ? [event.result.failure] : []))[0];
  return { clock, executor, done, says, failure };
}

/** Lets so much time pass in silence, and expects that it was too long only at the end. */
async function expectStall(of: ReturnType<typeof start>, seconds: number, message: string): Promise<void> {
  await of.clock.pass(seconds - 1);
  expect(of.executor.running.size).toBe(1);
  await of.clock.pass(2);
  await of.done;
  expect(of.failure()).toMatchObject({ kind: "stalled", message });
}

const THINKING = "the CLI printed nothing for 600 s";
const WORKING = "the CLI printed nothing for 3600 s while a tool call was under way";

describe("a silent CLI is stopped", () => {
  it("after the shorter time while no tool works", () => expectStall(start(), 600, THINKING));

  it("after the longer time while a tool works", async () => {
    const of = start();
    await of.clock.pass(500);
    of.says(CALL);
    await expectStall(of, 3600, WORKING);
  });

  it("after the shorter time once the tool has ended, also if the longer one has begun", async () => {
    const of = start();
    of.says(CALL);
    await of.clock.pass(3000);
    of.says(RESULT);
    await expectStall(of, 600, THINKING);
  });

  it("after the longer time as long as one of several calls is under way", async () => {
    const of = start();
    of.says(CALL, CALL, RESULT);
    await expectStall(of, 3600, WORKING);
  });

  it("after the longer time if text follows a call in the same message", async () => {
    const of = start();
    of.says(CALL, TEXT);
    await expectStall(of, 3600, WORKING);
  });

  it("after the shorter time once the model speaks again, also if a call was never reported as ended", async () => {
    const of = start();
    of.says(CALL, CALL, RESULT, TEXT);
    await expectStall(of, 600, THINKING);
  });

  it("after the time that its author sets, tool or not", async () => {
    const of = start({ idle_timeout_seconds: 30 });
    of.says(CALL);
    await expectStall(of, 30, "the CLI printed nothing for 30 s while a tool call was under way");
  });
});

it("the failure says where the limit is set", async () => {
  const of = start();
  await of.clock.pass(601);
  await of.done;
  expect(of.failure()?.hint).toBe(
    "`idle_timeout_seconds` of the task sets this limit, `unified_flags.idle_timeout_secs` of the configuration that of tasks without one; 0 = no limit",
  );
});

it("nothing is too long while the answer is checked, or if there is no limit", async () => {
  const checked = start();
  checked.executor.of("task-1").options.onCliEnded?.();
  const free = start({ idle_timeout_seconds: 0, tool_idle_timeout_seconds: 0 });
  free.says(CALL, RESULT);
  for (const { clock, executor, done } of [checked, free]) {
    await clock.pass(100_000);
    executor.of("task-1").succeed();
    await done;
  }
  expect([checked.failure(), free.failure()]).toEqual([undefined, undefined]);
});
