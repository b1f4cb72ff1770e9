import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import type { Task } from "../../../src/schema/task.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

function start(plan: Plan, { random = 0.5 } = {}) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const events: RunEvent[] = [];
  let over = false;
  const done = run({ plan, executor, clock, random: () => random, onEvent: (event) => events.push(event) }).then(() => {
    over = true;
  });
  const results = () => events.flatMap((event) => (event.type === "task_finished" ? [event.result] : []));
  const of = (type: RunEvent["type"]) => events.filter((event) => event.type === type);
  return { clock, executor, events, done, results, of, isOver: () => over };
}

function tasksOf(...list: Partial<Task>[]): readonly Task[] {
  return list.map((task, index) => makeTask({ index, ...task }));
}

const LIMITED: Failure = { kind: "rate_limited", message: "429" };
const quota = (resets_at?: string): Failure => ({
  kind: "quota_exhausted",
  message: "used up",
  ...(resets_at ? { resets_at } : {}),
});

describe("retries", () => {
  it("tries again as long as the patience lasts, with growing pauses, and then says how long it tried", async () => {
    const { clock, executor, done, results, of } = start(planOf(0, { tasks: tasksOf({ patience_seconds: 30 }) }));
    for (const seconds of [5.625, 11.25, 13.124]) {
      executor.of("task-1").fail(LIMITED);
      await clock.pass(seconds - 0.1);
      expect(executor.running.size).toBe(0);
      await clock.pass(0.1);
    }
    executor.of("task-1").fail(LIMITED);
    await done;
    expect(of("task_retrying")).toMatchObject([
      { delay_seconds: 5.625, patience_until: "2026-03-28T12:00:30.000Z" },
      { delay_seconds: 11.25, patience_until: "2026-03-28T12:00:30.000Z" },
      { delay_seconds: 13.124, patience_until: "2026-03-28T12:00:30.000Z" },
    ]);
    const failure = { ...LIMITED, message: "429; claude has not answered for 30 s" };
    expect(results()[0]).toMatchObject({ status: "FAILED", attempts: 4, failure });
  });

  it("is patient with a broken connection for each task by itself, counted from its first failure", async () => {
    const failure: Failure = { kind: "network", message: "refused." };
    const { clock, executor, done, results } = start(planOf(0, { tasks: tasksOf({}, { patience_seconds: 6 }) }));
    executor.of("task-1").fail(failure);
    await clock.pass(3);
    executor.of("task-2").fail(failure);
    await clock.pass(3);
    executor.of("task-1").succeed();
    await clock.pass(3);
    executor.of("task-2").fail(failure);
    await done;
    expect(results()).toMatchObject([
      { task_id: "task-1", status: "OK", attempts: 2 },
      { task_id: "task-2", status: "FAILED", attempts: 2, failure: { message: "refused; clinvk tried for 6 s" } },
    ]);
  });

  it("patience_seconds 0: what fails so is final", async () => {
    const tasks = tasksOf({ patience_seconds: 0 }, { patience_seconds: 0, backend: "codex" });
    const { executor, done, results } = start(planOf(0, { tasks }));
    executor.of("task-1").fail(LIMITED);
    executor.of("task-2").fail({ kind: "network", message: "refused" });
    await done;
    expect(results()).toMatchObject([
      { attempts: 1, failure: LIMITED },
      { attempts: 1, failure: { kind: "network", message: "refused" } },
    ]);
  });

  it("waits as long as the service asks, not less", async () => {
    const { clock, executor, done } = start(planOf(1), { random: 0 });
    executor.of("task-1").fail({ ...LIMITED, retry_after_seconds: 20 });
    await clock.pass(19.9);
    expect(executor.running.size).toBe(0);
    await clock.pass(0.2);
    executor.of("task-1").succeed();
    await done;
  });

  it("gives the slot of a task that waits to another one", async () => {
    const { clock, executor, done } = start(planOf(2, { max_parallel: 1 }));
    executor.of("task-1").fail({ kind: "network", message: "x" });
    await settle();
    expect([...executor.running.keys()]).toEqual(["task-2"]);
    executor.of("task-2").succeed();
    await clock.pass(6);
    executor.of("task-1").succeed();
    await done;
  });

  it.each(["crashed", "refused", "timeout"] as const)("does not retry what is %s", async (kind) => {
    const { executor, done, results } = start(planOf(1));
    executor.of("task-1").fail({ kind, message: "x" });
    await done;
    expect(results()[0]?.attempts).toBe(1);
  });

  it("retries a task that may have changed files only if it asks for it", async () => {
    const tasks = tasksOf({}, { retry_on_side_effects: true });
    const { clock, executor, done, results } = start(planOf(0, { tasks }));
    executor.of("task-1").fail(LIMITED, { may_have_written: true });
    executor.of("task-2").fail(LIMITED, { may_have_written: true });
    await clock.pass(6);
    expect([...executor.running.keys()]).toEqual(["task-2"]);
    executor.of("task-2").succeed();
    await done;
    expect(results().map(({ task_id, status, attempts }) => [task_id, status, attempts])).toEqual([
      ["task-1", "FAILED", 1],
      ["task-2", "OK", 2],
    ]);
  });

  it("follows the task's own retries and retry_on", async () => {
    const tasks = tasksOf({ retries: 1, retry_on: ["crashed"] }, { retries: 0 });
    const { clock, executor, done, results } = start(planOf(0, { tasks }));
    executor.of("task-1").fail({ kind: "crashed", message: "x" });
    executor.of("task-2").fail(LIMITED);
    await clock.pass(3);
    executor.of("task-1").fail({ kind: "crashed", message: "x" });
    await done;
    expect(
      results()
        .map(({ attempts }) => attempts)
        .sort(),
    ).toEqual([1, 2]);
  });

  it("asks once more, in its own words, for an answer of the wrong form", async () => {
    const { clock, executor, done, results } = start(planOf(1));
    const failure: Failure = { kind: "schema_invalid", message: "no JSON" };
    executor.of("task-1").fail(failure, { repair_prompt: "Again, as JSON" });
    await clock.pass(0);
    expect(executor.of("task-1").job.task.prompt).toBe("Again, as JSON");
    executor.of("task-1").fail(failure, { repair_prompt: "And again" });
    await done;
    expect(results()[0]).toMatchObject({ status: "FAILED", attempts: 2, failure });
  });
});

describe("time limits", () => {
  it("stops an attempt at its timeout, status TIMEOUT", async () => {
    const { clock, done, results } = start(planOf(0, { tasks: tasksOf({ timeout_seconds: 5 }) }));
    await clock.pass(5);
    await done;
    expect(results()[0]).toMatchObject({ status: "TIMEOUT", exit_code: 124, failure: { kind: "timeout" } });
  });

  it("takes silence, not slowness, for a stall", async () => {
    const { clock, executor, done, results } = start(
      planOf(0, { tasks: tasksOf({ idle_timeout_seconds: 10, retries: 0 }) }),
    );
    await clock.pass(9);
    executor.of("task-1").options.onAlive?.();
    await clock.pass(9);
    executor.of("task-1").options.onAlive?.();
    await clock.pass(9.9);
    expect(executor.running.size).toBe(1);
    await clock.pass(0.2);
    await done;
    expect(results()[0]).toMatchObject({ status: "FAILED", failure: { kind: "stalled" } });
  });

  it("ends the run at its deadline", async () => {
    const { clock, done, results } = start(planOf(2, { max_parallel: 1, deadline_seconds: 60 }));
    await clock.pass(60);
    await done;
    expect(results().map(({ task_id, status }) => [task_id, status])).toEqual([
      ["task-2", "CANCELED"],
      ["task-1", "TIMEOUT"],
    ]);
  });
});

describe("lanes", () => {
  it("never exceeds a backend's own cap, and other backends use the free slots", async () => {
    const tasks = tasksOf({}, {}, {}, { backend: "codex" });
    const { executor } = start(planOf(0, { tasks, max_parallel: 3, lane_caps: { claude: 1 } }));
    expect(executor.started).toEqual(["task-1", "task-4"]);
  });

  it("pauses a throttled lane, lets one task try, and the others when that one begins to answer: half as many", async () => {
    const { clock, executor, of, done, results } = start(planOf(6, { max_parallel: 4 }), { random: 0 });
    executor.of("task-1").fail(LIMITED);
    await clock.pass(0);
    expect(of("lane_changed")).toMatchObject([{ backend: "claude", limit: 2, reason: "throttled" }]);
    expect(of("lane_paused")).toMatchObject([{ backend: "claude", until: "2026-03-28T12:00:05.000Z" }]);
    executor.of("task-2").succeed();
    executor.of("task-3").succeed();
    executor.of("task-4").succeed();
    await clock.pass(4.9);
    expect(executor.running.size).toBe(0);
    await clock.pass(0.1);
    expect([...executor.running.keys()]).toEqual(["task-1"]);
    await clock.pass(60);
    expect([...executor.running.keys()]).toEqual(["task-1"]);
    executor.of("task-1").progress({ type: "note", text: "thinking" });
    await settle();
    expect([...executor.running.keys()]).toEqual(["task-1"]);
    executor.of("task-1").progress({ type: "text", text: "It" });
    await settle();
    expect(of("lane_changed").at(-1)).toMatchObject({ limit: 2, reason: "recovered" });
    expect([...executor.running.keys()]).toEqual(["task-1", "task-5"]);
    for (const id of ["task-1", "task-5", "task-6"]) {
      executor.of(id).succeed();
      await settle();
    }
    await done;
    expect(results().map(({ attempts }) => attempts)).toEqual([1, 1, 1, 2, 1, 1]);
  });

  it("a paused lane holds no slot, keeps no other lane waiting, and does not end a run with parked tasks", async () => {
    const tasks = tasksOf({}, { backend: "codex" }, { backend: "gemini" }, { backend: "gemini" });
    const { clock, executor, done, results } = start(planOf(0, { tasks, max_parallel: 1 }));
    executor.of("task-1").fail(LIMITED);
    await settle();
    executor.of("task-2").fail(quota("2026-03-28T15:00:00Z"));
    await settle();
    executor.of("task-3").succeed();
    await settle();
    executor.of("task-4").succeed();
    await clock.pass(6);
    executor.of("task-1").succeed();
    await done;
    expect(results().map(({ task_id, status }) => [task_id, status])).toEqual([
      ["task-3", "OK"],
      ["task-4", "OK"],
      ["task-1", "OK"],
      ["task-2", "WAITING"],
    ]);
  });

  it.each([
    ["the deadline", { deadline_seconds: 3 }, "the run's deadline of 3 s has passed"],
    ["fail_fast", { fail_fast: true }, "the run ended"],
  ])("%s ends a run in a pause, and each task says what it waited out", async (_, more, ended) => {
    const tasks = tasksOf({}, {}, { patience_seconds: 0, backend: "codex" });
    const { clock, executor, done, results } = start(planOf(0, { tasks, ...more }));
    executor.of("task-1").fail(LIMITED);
    executor.of("task-2").fail(LIMITED);
    await settle();
    if ("fail_fast" in more) executor.of("task-3").fail({ kind: "crashed", message: "x" });
    await clock.pass(3);
    await done;
    const failure = { kind: "canceled", message: `${ended} before it was tried again: ${LIMITED.message}` };
    const waited = results().filter(({ backend }) => backend === "claude");
    expect(waited).toEqual([1, 2].map(() => expect.objectContaining({ status: "CANCELED", failure })));
    expect(clock.pending).toBe(0);
  });

  it("does not let a throttled lane slow another one down", async () => {
    const tasks = tasksOf({}, { backend: "codex" }, { backend: "codex" }, { backend: "codex" });
    const { executor } = start(planOf(0, { tasks, max_parallel: 4 }));
    executor.of("task-1").fail(LIMITED);
    await settle();
    expect(executor.running.size).toBe(3);
  });
});

describe("quotas", () => {
  it("park: finishes what can be finished and leaves the rest waiting", async () => {
    const tasks = tasksOf({}, { backend: "codex" }, {}, { backend: "codex" });
    const { executor, done, results, of } = start(planOf(0, { tasks, max_parallel: 2 }));
    executor.of("task-1").fail(quota("2026-03-28T15:00:00Z"));
    await settle();
    expect(of("lane_parked")).toMatchObject([{ backend: "claude", until: "2026-03-28T15:01:00.000Z" }]);
    executor.of("task-2").succeed();
    await settle();
    executor.of("task-4").succeed();
    await done;
    expect(results().map(({ task_id, status }) => [task_id, status])).toEqual([
      ["task-2", "OK"],
      ["task-4", "OK"],
      ["task-1", "WAITING"],
      ["task-3", "WAITING"],
    ]);
    expect(results()[3]?.failure).toMatchObject({ kind: "quota_exhausted", resets_at: "2026-03-28T15:00:00Z" });
  });

  it("wait: stays until the reset and then begins with one", async () => {
    const { clock, executor, done, results } = start(planOf(3, { max_parallel: 2, on_quota: "wait" }));
    executor.of("task-1").fail(quota("2026-03-28T15:00:00Z"));
    executor.of("task-2").fail(quota("2026-03-28T15:00:00Z"));
    await clock.pass(3 * 3600);
    expect(executor.running.size).toBe(0);
    await clock.pass(61);
    expect([...executor.running.keys()]).toEqual(["task-1"]);
    executor.of("task-1").succeed();
    await settle();
    for (const id of ["task-2", "task-3"]) executor.of(id).succeed();
    await done;
    expect(results().every(({ status }) => status === "OK")).toBe(true);
  });

  it("wait: tries a reset that has just passed again soon, and an unknown one after a while", async () => {
    const { clock, executor, done } = start(planOf(1, { on_quota: "wait" }));
    executor.of("task-1").fail(quota("2026-03-28T11:58:00Z"));
    await clock.pass(61);
    executor.of("task-1").fail(quota());
    await clock.pass(29 * 60);
    expect(executor.running.size).toBe(0);
    await clock.pass(2 * 60);
    executor.of("task-1").succeed();
    await done;
  });

  it("park: waits all the same for what is soon", async () => {
    const { clock, executor, done, results } = start(planOf(1));
    executor.of("task-1").fail(quota("2026-03-28T12:03:00Z"));
    await clock.pass(241);
    executor.of("task-1").succeed();
    await done;
    expect(results()[0]?.status).toBe("OK");
  });

  it("a rate limit that asks for more than five minutes is a quota", async () => {
    const { executor, done, results } = start(planOf(1));
    executor.of("task-1").fail({ ...LIMITED, retry_after_seconds: 3600 });
    await done;
    expect(results()[0]?.status).toBe("WAITING");
  });

  it("fallback: turns to the next backend, with all that waits, and names who answered", async () => {
    const codex = (index: number) => [makeTask({ index, backend: "codex" })];
    const tasks = tasksOf({ fallbacks: codex(0) }, { fallbacks: codex(1) });
    const { executor, done, results } = start(planOf(0, { tasks, max_parallel: 1, on_quota: "fallback" }));
    executor.of("task-1").fail(quota("2026-03-28T15:00:00Z"));
    await settle();
    expect(executor.of("task-1").job.task.backend).toBe("codex");
    executor.of("task-1").succeed();
    await settle();
    expect(executor.of("task-2").job.task.backend).toBe("codex");
    executor.of("task-2").succeed();
    await done;
    expect(results()).toMatchObject([
      { backend: "codex", fallback_from: "claude", attempts: 2, status: "OK" },
      { backend: "codex", fallback_from: "claude", attempts: 1, status: "OK" },
    ]);
  });

  it("fail: fails the task, unless fallback_on names the failure", async () => {
    const tasks = tasksOf(
      {},
      { fallbacks: [makeTask({ index: 1, backend: "gemini" })], fallback_on: ["quota_exhausted"] },
    );
    const { executor, done, results } = start(planOf(0, { tasks, on_quota: "fail" }));
    executor.of("task-1").fail(quota());
    executor.of("task-2").fail(quota());
    await settle();
    executor.of("task-2").succeed();
    await done;
    expect(results().map(({ status, backend }) => [status, backend])).toEqual([
      ["FAILED", "claude"],
      ["OK", "gemini"],
    ]);
  });

  it("fallback_on: turns away from other failures too, once retries are used up", async () => {
    const tasks = tasksOf({ retries: 1, fallbacks: [makeTask({ backend: "codex" })], fallback_on: ["overloaded"] });
    const { clock, executor, done, results } = start(planOf(0, { tasks }));
    executor.of("task-1").fail({ kind: "overloaded", message: "529" });
    await clock.pass(6);
    expect(executor.of("task-1").job.task.backend).toBe("claude");
    executor.of("task-1").fail({ kind: "overloaded", message: "529" });
    await clock.pass(1);
    expect(executor.of("task-1").job.task.backend).toBe("codex");
    executor.of("task-1").succeed();
    await done;
    expect(results()[0]).toMatchObject({ status: "OK", attempts: 3, fallback_from: "claude" });
  });
});

describe("budgets", () => {
  const spent = (cost_usd: number) => ({
    outcome: {
      model: "m",
      session_id: null,
      usage: { input_tokens: 60, output_tokens: 40, cached_tokens: 0, reasoning_tokens: null },
      cost_usd,
      refusals: null,
    },
  });

  it.each([{ max_cost_usd: 0.5 }, { max_total_tokens: 100 }])("starts no new task past %j", async (budget) => {
    const { executor, done, results } = start(planOf(4, { max_parallel: 2, ...budget }));
    executor.of("task-1").succeed("one", spent(0.6));
    await settle();
    executor.of("task-2").succeed("two", spent(0.1));
    await done;
    expect(executor.started).toEqual(["task-1", "task-2"]);
    expect(
      results()
        .map(({ status, failure }) => failure?.kind ?? status)
        .sort(),
    ).toEqual(["OK", "OK", "budget_exceeded", "budget_exceeded"]);
  });

  it("does not retry a task past its own budget", async () => {
    const { executor, done, results } = start(planOf(0, { tasks: tasksOf({ max_cost_usd: 0.5 }) }));
    executor.of("task-1").fail(LIMITED, spent(0.6));
    await done;
    expect(results()[0]).toMatchObject({ attempts: 1, cost_usd: 0.6, failure: LIMITED });
  });

  it("knows the cost of a CLI that reports none from the price of its model", async () => {
    const prices = { codex: { m: { input: 1, output: 10, cached: 0.1 } } };
    const { executor, done, results } = start(planOf(0, { tasks: tasksOf({ backend: "codex" }), prices }));
    const { outcome } = spent(0);
    executor.of("task-1").succeed("x", { outcome: { ...outcome, cost_usd: null } });
    await done;
    expect(results()[0]?.cost_usd).toBeCloseTo((60 * 1 + 40 * 10) / 1e6, 10);
  });
});

describe("a clock that is set while tasks run", () => {
  it.each([-7200, 7200])("makes no duration and no pause longer or shorter: %d s", async (jump) => {
    const { clock, executor, done, results, events } = start(planOf(2, { max_parallel: 2 }));
    await clock.pass(1);
    executor.of("task-2").fail(LIMITED);
    await settle();
    clock.jump(jump);
    await clock.pass(5);
    expect([...executor.running.keys()]).toEqual(["task-1"]);
    await clock.pass(1);
    executor.of("task-1").succeed();
    executor.of("task-2").succeed();
    await done;
    expect(results()).toMatchObject([
      { duration_seconds: 7, start_time: "2026-03-28T12:00:00.000Z", end_time: "2026-03-28T12:00:07.000Z" },
      { duration_seconds: 7, start_time: "2026-03-28T12:00:00.000Z", end_time: "2026-03-28T12:00:07.000Z" },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "run_finished", total_duration_seconds: 7 });
  });

  it("uses up no patience", async () => {
    const { clock, executor, done, results } = start(planOf(0, { tasks: tasksOf({ patience_seconds: 60 }) }));
    executor.of("task-1").fail({ kind: "network", message: "x" });
    clock.jump(7200);
    await clock.pass(6);
    executor.of("task-1").fail({ kind: "network", message: "x" });
    await clock.pass(12);
    executor.of("task-1").succeed();
    await done;
    expect(results()[0]).toMatchObject({ status: "OK", attempts: 3 });
  });

  it("is seen within a minute where a reset is waited for", async () => {
    const { clock, executor, done } = start(planOf(1, { on_quota: "wait" }));
    executor.of("task-1").fail(quota("2026-03-28T15:00:00Z"));
    await clock.pass(10);
    clock.jump(3 * 3600);
    await clock.pass(60);
    executor.of("task-1").succeed();
    await done;
  });
});
