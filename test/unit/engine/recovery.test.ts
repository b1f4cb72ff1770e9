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
import { momentOf } from "../../../src/util/clock.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { makeTask } from "../../rig/plan.js";

const THROTTLED: Failure = { kind: "rate_limited", message: "429" };
const USED_UP: Failure = { kind: "quota_exhausted", message: "used up", resets_at: "2026-03-28T13:00:00.000Z" };
const READ_ONLY: Attempt = { ...attemptOfBug(new Error("x")), may_have_written: false };

const { failure: _, ...DONE } = READ_ONLY;

/** The tasks of a run; the first `running` of them have started. */
function start(tasks: readonly Task[], running: number, more: Partial<RecoveryOptions> = {}) {
  const clock = new FakeClock();
  const taskRuns = tasks.map((task) => new TaskRun(task));
  const scheduler = new Scheduler(taskRuns, { max_parallel: 8 });
  const events: RunEventBody[] = [];
  const emit = (body: RunEventBody) => events.push(body);
  const recovery = new Recovery({ scheduler, on_quota: "park", clock, random: () => 0.5, emit, ...more });
  /** The index of the next task that starts after so many more milliseconds. */
  const next = (ms = 0) => {
    const now = momentOf(clock);
    const taskRun = scheduler.start({ monotonic: now.monotonic + ms, wall: now.wall + ms });
    taskRun?.begin(now);
    return taskRun?.index;
  };
  for (let count = 0; count < running; count += 1) next();
  /** A task's attempt ends; the answer is what recovery makes of it. */
  const end = (index: number, attempt: Attempt) => {
    const taskRun = taskRuns[index];
    if (!taskRun) throw new Error("no task");
    const was_probe = scheduler.end(taskRun);
    taskRun.end(attempt);
    return recovery.follow(taskRun, attempt, { was_probe, may_recover: true });
  };
  const failAt = (index: number, failure: Failure, attempt = READ_ONLY) => end(index, { ...attempt, failure });
  const fail = (failure: Failure, attempt = READ_ONLY) => failAt(0, failure, attempt);
  const wait = () => scheduler.wait(momentOf(clock));
  return { clock, taskRuns, scheduler, events, recovery, fail, failAt, end, next, wait };
}

const PATIENCE_ENDS = "2026-03-28T12:10:00.000Z";

describe("recovery", () => {
  it("pauses the backend of a throttled task, tells so, and lets it try again afterwards", () => {
    const { fail, next, events } = start([makeTask(), makeTask({ index: 1 })], 1);
    expect(fail(THROTTLED)).toBeUndefined();
    expect(events).toEqual([
      { type: "lane_changed", backend: "claude", limit: 1, reason: "throttled" },
      {
        type: "lane_paused",
        backend: "claude",
        until: "2026-03-28T12:00:05.625Z",
        failure: THROTTLED,
        patience_until: PATIENCE_ENDS,
      },
      {
        type: "task_retrying",
        task_id: "task-1",
        attempt: 1,
        failure: THROTTLED,
        delay_seconds: 5.625,
        backend: "claude",
        patience_until: PATIENCE_ENDS,
      },
    ]);
    expect(next(5624)).toBeUndefined();
    expect(next(5625)).toBe(0);
    expect(next(60_000)).toBeUndefined();
  });

  it.each([
    { name: "patience", task: { patience_seconds: 0 } },
    { name: "retries", task: { retries: 0 } },
  ])("announces no pause if the only task of the backend has no more $name", ({ task }) => {
    const { fail, events } = start([makeTask(task), makeTask({ index: 1, backend: "codex" })], 1);
    expect(fail(THROTTLED)).toEqual({ failure: THROTTLED });
    expect(events).toEqual([{ type: "lane_changed", backend: "claude", limit: 1, reason: "throttled" }]);
  });

  it.each([
    { name: "wait", running: 1 },
    { name: "run", running: 2 },
  ])("announces the pause after a task that fails for good, if others of the backend $name", ({ running }) => {
    const { fail, events } = start([makeTask({ patience_seconds: 0 }), makeTask({ index: 1 })], running);
    expect(fail(THROTTLED)).toEqual({ failure: THROTTLED });
    expect(events.at(-1)).toMatchObject({ type: "lane_paused", backend: "claude" });
  });

  it("waits as long as the service asks, and says that it does", () => {
    const { fail, events, wait } = start([makeTask()], 1);
    fail({ ...THROTTLED, retry_after_seconds: 20 });
    expect(wait()).toBe(20_500);
    expect(events.at(-1)).toMatchObject({ delay_seconds: 20.5, asked_by_service: true });
    expect(events.at(-2)).toMatchObject({ type: "lane_paused", asked_by_service: true });
  });

  it("lets only the task of another failure wait", () => {
    const { fail, next, events } = start([makeTask(), makeTask({ index: 1 })], 1);
    expect(fail({ kind: "network", message: "cut" })).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["task_retrying"]);
    expect(events[0]).toMatchObject({ delay_seconds: 5.625, patience_until: PATIENCE_ENDS });
    expect(next()).toBe(1);
  });

  it("waits no longer for those that ran already when the pause began, but as long as the service asks them", () => {
    const tasks = [0, 1, 2, 3].map((index) => makeTask({ index }));
    const { failAt, events, wait } = start(tasks, 3);
    failAt(0, THROTTLED);
    failAt(1, THROTTLED);
    expect(wait()).toBe(5625);
    failAt(2, { ...THROTTLED, retry_after_seconds: 30 });
    expect(wait()).toBe(30_500);
    expect(events.flatMap((event) => (event.type === "task_retrying" ? [event.delay_seconds] : []))).toEqual([
      5.625, 5.625, 30.5,
    ]);
    expect(events.filter(({ type }) => type === "lane_paused")).toHaveLength(2);
  });

  it("opens the backend as soon as the task that tries begins to answer", async () => {
    const tasks = [0, 1, 2, 3, 4].map((index) => makeTask({ index }));
    const { failAt, taskRuns, recovery, events, next, clock } = start(tasks, 4);
    failAt(0, THROTTLED);
    await clock.pass(6);
    expect(next()).toBe(0);
    expect(next()).toBeUndefined();
    // It ran before the pause, so its answer tells nothing.
    if (taskRuns[1]) recovery.answered(taskRuns[1]);
    expect(next()).toBeUndefined();
    if (taskRuns[0]) recovery.answered(taskRuns[0]);
    expect(events.at(-1)).toEqual({ type: "lane_changed", backend: "claude", limit: 2, reason: "recovered" });
  });

  it("tries with the first task of the file, also while the clock goes on between two looks at it", () => {
    const clock = new FakeClock();
    let looks = 0;
    const moving = {
      now: () => clock.now(),
      monotonic: () => {
        looks += 1;
        return clock.monotonic() + looks / 1000;
      },
    };
    const tasks = [0, 1, 2].map((index) => makeTask({ index }));
    const { failAt, scheduler } = start(tasks, 2, { clock: moving });
    failAt(0, THROTTLED);
    failAt(1, THROTTLED);
    const monotonic = scheduler.pausedUntil("claude") ?? 0;
    expect(scheduler.start({ monotonic, wall: clock.now() + 6000 })).toMatchObject({ index: 0 });
  });

  it("waits longer each time, until its patience is used up, and then says how long that was", async () => {
    const { fail, next, events, clock } = start([makeTask({ patience_seconds: 60 })], 1);
    for (const seconds of [6, 12, 23, 19]) {
      expect(fail(THROTTLED)).toBeUndefined();
      await clock.pass(seconds);
      expect(next()).toBe(0);
    }
    expect(fail(THROTTLED)).toEqual({
      failure: { kind: "rate_limited", message: "429; claude has not answered for 1 min" },
    });
    expect(events.flatMap((event) => (event.type === "task_retrying" ? [event.delay_seconds] : []))).toEqual([
      // The last one is shortened, so that it ends while there is patience.
      5.625, 11.25, 22.5, 18.999,
    ]);
  });

  it("asks for each other task once when the patience with a backend is used up, one at a time", async () => {
    const tasks = [0, 1, 2].map((index) => makeTask({ index, patience_seconds: 10 }));
    const { fail, failAt, next, clock } = start(tasks, 1);
    fail(THROTTLED);
    await clock.pass(6);
    next();
    expect(fail(THROTTLED)).toMatchObject({ failure: { kind: "rate_limited" } });
    expect([next(), next()]).toEqual([1, undefined]);
    expect(failAt(1, THROTTLED)).toMatchObject({ failure: { message: "429; claude has not answered for 6 s" } });
    expect(next()).toBe(2);
    // An answer renews the patience.
    expect(failAt(2, { kind: "refused", message: "no" })).toEqual({ failure: { kind: "refused", message: "no" } });
  });

  it("does not forgive a backend because the connection broke meanwhile", async () => {
    const { fail, next, clock } = start([makeTask({ patience_seconds: 16 })], 1);
    fail(THROTTLED);
    await clock.pass(6);
    next();
    expect(fail({ kind: "network", message: "refused" })).toBeUndefined();
    await clock.pass(6);
    next();
    expect(fail(THROTTLED)).toMatchObject({ failure: { message: "429; claude has not answered for 12 s" } });
  });

  it("does not try for ever a task that begins to answer and is throttled each time", async () => {
    const { fail, next, clock, recovery, taskRuns } = start([makeTask({ patience_seconds: 60 })], 1);
    let attempts = 1;
    for (;;) {
      if (taskRuns[0]) recovery.answered(taskRuns[0]);
      const end = fail(THROTTLED);
      if (end) {
        expect(end).toMatchObject({ failure: { message: "429; clinvk tried for 1 min" } });
        break;
      }
      await clock.pass(6);
      next();
      attempts += 1;
      expect(attempts).toBeLessThan(20);
    }
  });

  it("turns to another backend after a few attempts, with all that wait and may do so", async () => {
    const turning = (index: number) =>
      makeTask({ index, fallbacks: [makeTask({ index, backend: "codex" })], fallback_on: ["rate_limited"] });
    const { fail, next, taskRuns, clock, events } = start([turning(0), turning(1), makeTask({ index: 2 })], 1);
    for (const seconds of [6, 12]) {
      fail(THROTTLED);
      await clock.pass(seconds);
      next();
    }
    expect(fail(THROTTLED)).toBeUndefined();
    expect(taskRuns.map(({ backend }) => backend)).toEqual(["codex", "codex", "claude"]);
    expect(events.at(-1)).toMatchObject({ type: "task_retrying", task_id: "task-2", attempt: 0, backend: "codex" });
    expect([next(), next(), next()]).toEqual([0, 1, undefined]);
  });

  it("queues nothing when the failure is final", () => {
    const { fail, wait, events } = start([makeTask()], 1);
    const failure: Failure = { kind: "bad_request", message: "no" };
    expect(fail(failure)).toEqual({ failure });
    expect(events).toEqual([]);
    expect(wait()).toBeUndefined();
  });

  it("gives the prompt of a repair to the next attempt alone", () => {
    const { fail, taskRuns } = start([makeTask()], 1);
    expect(
      fail({ kind: "schema_invalid", message: "no JSON" }, { ...READ_ONLY, repair_prompt: "again" }),
    ).toBeUndefined();
    expect(taskRuns[0]?.repairPrompt).toBe("again");
    taskRuns[0]?.end(READ_ONLY);
    expect(taskRuns[0]?.repairPrompt).toBeUndefined();
  });

  it("parks a backend until its reset: the others' tasks start meanwhile", () => {
    const tasks = [makeTask(), makeTask({ index: 1 }), makeTask({ index: 2, backend: "gemini" })];
    const { fail, next, wait, recovery, events } = start(tasks, 1);
    expect(fail(USED_UP)).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["lane_parked", "task_retrying"]);
    expect(recovery.parkedBy("claude")).toMatchObject(USED_UP);
    expect(recovery.parkedBy("gemini")).toBeUndefined();
    expect([next(), next()]).toEqual([2, undefined]);
    // The reset is at 13:00, and a minute is waited for clocks that differ.
    expect(wait()).toBe(61 * 60_000);
  });

  it.each(["rate_limited", "overloaded"] as const)("parks a backend that is %s for more than five minutes", (kind) => {
    const { fail, events } = start([makeTask()], 1);
    expect(fail({ kind, message: "later", retry_after_seconds: 301 })).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["lane_parked", "task_retrying"]);
  });

  it("tells until when a backend is parked where the service did not", () => {
    const { fail, recovery } = start([makeTask()], 1);
    fail({ kind: "quota_exhausted", message: "used up" });
    expect(recovery.parkedBy("claude")?.resets_at).toBe("2026-03-28T12:15:00.000Z");
  });

  it("believes once that a reset has just passed, and then does not know when it is", () => {
    const { fail, next, recovery } = start([makeTask()], 1);
    const stale: Failure = { ...USED_UP, resets_at: "2026-03-28T11:58:00.000Z" };
    fail(stale);
    expect(recovery.parkedBy("claude")?.resets_at).toBe("2026-03-28T12:01:00.000Z");
    expect(next(60_000)).toBe(0);
    fail(stale);
    expect(recovery.parkedBy("claude")?.resets_at).toBe("2026-03-28T12:30:00.000Z");
  });

  it("takes the tasks that wait for a used-up backend to their next one, where they have one", () => {
    const fallback = (index: number) => makeTask({ index, backend: "codex" });
    const tasks = [
      makeTask({ fallbacks: [fallback(0)] }),
      makeTask({ index: 1, fallbacks: [fallback(1)] }),
      makeTask({ index: 2 }),
    ];
    const { fail, taskRuns, next } = start(tasks, 1, { on_quota: "fallback" });
    expect(fail(USED_UP)).toBeUndefined();
    expect(taskRuns.map(({ backend }) => backend)).toEqual(["codex", "codex", "claude"]);
    expect([next(), next(), next()]).toEqual([0, 1, undefined]);
  });

  it("gives a throttled backend its limit back by successes, not by those that began before its pause", async () => {
    const tasks = [0, 1, 2, 3, 4].map((index) => makeTask({ index }));
    const { end, failAt, next, clock, events } = start(tasks, 4);
    failAt(0, THROTTLED);
    end(1, DONE);
    await clock.pass(6);
    expect(next()).toBe(0);
    end(0, DONE);
    end(2, DONE);
    end(3, DONE);
    const limits = events.flatMap((event) => (event.type === "lane_changed" ? [[event.reason, event.limit]] : []));
    expect(limits).toEqual([
      ["throttled", 2],
      ["recovered", 2],
      ["recovered", 3],
    ]);
  });
});
