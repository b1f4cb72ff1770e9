// What follows failed attempts, on a scheduler of its own: no run, no executor.
import { describe, expect, it } from "vitest";
import { attemptOfBug } from "../../../src/engine/records.js";
import { Recovery, type RecoveryOptions } from "../../../src/engine/recovery.js";
import { Scheduler } from "../../../src/engine/scheduler.js";
import { TaskRun } from "../../../src/engine/task-run.js";
import type { Attempt } from "../../../src/executors/executor.js";
import type { RunEventBody } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import type { Task } from "../../../src/schema/task.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { makeTask } from "../../rig/plan.js";

const THROTTLED: Failure = { kind: "rate_limited", message: "429" };
const USED_UP: Failure = { kind: "quota_exhausted", message: "used up", resets_at: "2026-03-28T13:00:00.000Z" };
const READ_ONLY: Attempt = { ...attemptOfBug(new Error("x")), may_have_written: false };

/** The tasks of a run; the first `running` of them have started. */
function start(tasks: readonly Task[], running: number, more: Partial<RecoveryOptions> = {}) {
  const clock = new FakeClock();
  const taskRuns = tasks.map((task) => new TaskRun(task));
  const scheduler = new Scheduler(taskRuns, { max_parallel: 8 });
  const events: RunEventBody[] = [];
  const emit = (body: RunEventBody) => events.push(body);
  const recovery = new Recovery({ scheduler, on_quota: "park", clock, random: () => 0.5, emit, ...more });
  for (let count = 0; count < running; count += 1) scheduler.start(clock.now())?.begin(clock.now());
  /** The first task's attempt fails. */
  const fail = (failure: Failure, attempt = READ_ONLY) => {
    const [taskRun] = taskRuns;
    if (!taskRun) throw new Error("no task");
    scheduler.end(taskRun);
    return recovery.recovers(taskRun, attempt, failure);
  };
  return { clock, taskRuns, scheduler, events, recovery, fail };
}

describe("recovery", () => {
  it("queues a task for a retry, not before its pause is over, and tells so", () => {
    const { fail, scheduler, clock, taskRuns, events } = start([makeTask()], 1);
    expect(fail(THROTTLED)).toBe(true);
    expect(events).toEqual([
      {
        type: "task_retrying",
        task_id: "task-1",
        attempt: 1,
        failure: THROTTLED,
        delay_seconds: 1,
        backend: "claude",
      },
    ]);
    expect(scheduler.start(clock.now() + 999)).toBeUndefined();
    expect(scheduler.start(clock.now() + 1000)).toBe(taskRuns[0]);
  });

  it("queues nothing when the failure is final", () => {
    const { fail, scheduler, clock, events } = start([makeTask()], 1);
    expect(fail({ kind: "bad_request", message: "no" })).toBe(false);
    expect(events).toEqual([]);
    expect(scheduler.wakeAt(clock.now())).toBeUndefined();
  });

  it("gives the prompt of a repair to the next attempt alone", () => {
    const { fail, taskRuns } = start([makeTask()], 1);
    expect(fail({ kind: "schema_invalid", message: "no JSON" }, { ...READ_ONLY, repair_prompt: "again" })).toBe(true);
    expect(taskRuns[0]?.repairPrompt).toBe("again");
    taskRuns[0]?.end(READ_ONLY);
    expect(taskRuns[0]?.repairPrompt).toBeUndefined();
  });

  it("parks a backend until its reset: the others' tasks start meanwhile", () => {
    const tasks = [makeTask(), makeTask({ index: 1 }), makeTask({ index: 2, backend: "gemini" })];
    const { fail, scheduler, clock, recovery, events } = start(tasks, 1);
    expect(fail(USED_UP)).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(["lane_parked", "task_retrying"]);
    expect(recovery.parkedBy("claude")).toBe(USED_UP);
    expect(recovery.parkedBy("gemini")).toBeUndefined();
    expect(scheduler.start(clock.now())?.index).toBe(2);
    expect(scheduler.start(clock.now())).toBeUndefined();
    // The reset is at 13:00, and a minute is waited for clocks that differ.
    expect(scheduler.wakeAt(clock.now())).toBe(Date.parse("2026-03-28T13:01:00Z"));
  });

  it("tells until when a backend is parked where the service did not", () => {
    const { fail, recovery } = start([makeTask()], 1);
    fail({ kind: "quota_exhausted", message: "used up" });
    expect(recovery.parkedBy("claude")?.resets_at).toBe("2026-03-28T12:15:00.000Z");
  });

  it("takes the tasks that wait for a used-up backend to their next one, where they have one", () => {
    const fallback = (index: number) => makeTask({ index, backend: "codex" });
    const tasks = [
      makeTask({ fallbacks: [fallback(0)] }),
      makeTask({ index: 1, fallbacks: [fallback(1)] }),
      makeTask({ index: 2 }),
    ];
    const { fail, taskRuns, scheduler, clock } = start(tasks, 1, { on_quota: "fallback" });
    expect(fail(USED_UP)).toBe(true);
    expect(taskRuns.map(({ backend }) => backend)).toEqual(["codex", "codex", "claude"]);
    expect([scheduler.start(clock.now())?.index, scheduler.start(clock.now())?.index]).toEqual([0, 1]);
    expect(scheduler.start(clock.now())).toBeUndefined();
  });

  it("halves the limit of a throttled backend, and gives it back by successes", () => {
    const tasks = [0, 1, 2, 3].map((index) => makeTask({ index }));
    const { recovery, events } = start(tasks, 4);
    recovery.adjustLimit("claude", THROTTLED);
    recovery.adjustLimit("claude", { kind: "crashed", message: "x" });
    recovery.adjustLimit("claude", undefined);
    recovery.adjustLimit("claude", undefined);
    expect(events).toEqual([
      { type: "lane_changed", backend: "claude", limit: 2, reason: "throttled" },
      { type: "lane_changed", backend: "claude", limit: 3, reason: "recovered" },
    ]);
  });
});
