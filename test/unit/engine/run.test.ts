import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

function start(plan: Plan, options: { signal?: AbortSignal; kill?: AbortSignal; executor?: FakeExecutor } = {}) {
  const executor = options.executor ?? new FakeExecutor();
  const events: RunEvent[] = [];
  const done = run({ plan, executor, onEvent: (event) => events.push(event), ...options });
  const results = () =>
    Object.fromEntries(
      events.flatMap((event) => (event.type === "task_finished" ? [[event.task_id, event.result]] : [])),
    );
  return { executor, events, done, results };
}

const FAILURE = { kind: "crashed", message: "no route" } as const;

describe("run", () => {
  it("numbers its events without gaps, from run_started to run_finished", async () => {
    const { executor, events, done } = start(planOf(2));
    executor.of("task-1").progress({ type: "text", text: "hi" });
    executor.of("task-2").succeed();
    executor.of("task-1").succeed();
    await done;
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map((event) => event.type)).toEqual([
      "run_started",
      "task_output",
      "task_finished",
      "task_finished",
      "run_finished",
    ]);
    expect(executor.closed).toBe(true);
  });

  it("starts in file order and refills a free slot at once", async () => {
    const { executor, done } = start(planOf(4, { max_parallel: 2 }));
    expect(executor.started).toEqual(["task-1", "task-2"]);
    executor.of("task-2").succeed();
    await settle();
    expect(executor.started).toEqual(["task-1", "task-2", "task-3"]);
    executor.of("task-1").fail(FAILURE);
    await settle();
    expect(executor.started).toEqual(["task-1", "task-2", "task-3", "task-4"]);
    executor.of("task-3").succeed();
    executor.of("task-4").succeed();
    await done;
    expect(executor.peak).toBe(2);
  });

  it("appends piped context to every prompt", async () => {
    const { executor, done } = start(planOf(1, { context: "line" }));
    expect(executor.of("task-1").job.task.prompt).toBe("Say hello\n\n<stdin>\nline\n</stdin>");
    executor.of("task-1").succeed();
    await done;
  });

  it("keeps running after a failure", async () => {
    const { executor, done, results } = start(planOf(2));
    executor.of("task-1").fail(FAILURE);
    executor.of("task-2").succeed("fine");
    await done;
    expect(results()["task-1"]).toMatchObject({ status: "FAILED", exit_code: 1, failure: FAILURE });
    expect(results()["task-2"]).toMatchObject({ status: "OK", exit_code: 0, content: "fine", attempts: 1 });
  });

  it("under fail-fast stops the others at the first failure and cancels what never started", async () => {
    const { executor, done, results } = start(planOf(4, { max_parallel: 2, fail_fast: true }));
    executor.of("task-2").fail(FAILURE);
    await done;
    expect(executor.started).toEqual(["task-1", "task-2"]);
    expect(Object.values(results()).map((result) => [result.task_id, result.status, result.exit_code])).toEqual(
      expect.arrayContaining([
        ["task-1", "CANCELED", 130],
        ["task-2", "FAILED", 1],
        ["task-3", "CANCELED", 130],
        ["task-4", "CANCELED", 130],
      ]),
    );
    expect(results()["task-3"]).toMatchObject({ attempts: 0, start_time: null });
  });

  it("under fail-fast starts nothing at all when a CLI is missing", async () => {
    const executor = new FakeExecutor();
    executor.missing.set("task-2", { kind: "not_installed", message: "there is no `codex` on PATH" });
    const { done, results } = start(planOf(3, { fail_fast: true }), { executor });
    await done;
    expect(executor.started).toEqual([]);
    expect(results()["task-2"]).toMatchObject({ status: "FAILED", exit_code: 127 });
    expect(results()["task-1"]).toMatchObject({ status: "CANCELED" });
  });

  it("when interrupted stops what runs, starts nothing more and says why", async () => {
    const interrupt = new AbortController();
    const { executor, events, done, results } = start(planOf(3, { max_parallel: 1 }), { signal: interrupt.signal });
    interrupt.abort("SIGINT");
    await done;
    expect(executor.started).toEqual(["task-1"]);
    expect(Object.values(results()).every((result) => result.status === "CANCELED")).toBe(true);
    expect(Object.keys(results())).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: "run_finished", interrupted_by: "SIGINT" });
  });

  it("starts nothing when it was interrupted before it began", async () => {
    const { executor, done, results } = start(planOf(2), { signal: AbortSignal.abort("abort") });
    await done;
    expect(executor.started).toEqual([]);
    expect(Object.values(results()).map((result) => result.status)).toEqual(["CANCELED", "CANCELED"]);
  });

  it("tells an interruption after the last task from one during the run", async () => {
    const interrupt = new AbortController();
    const { executor, events, done } = start(planOf(1), { signal: interrupt.signal });
    executor.of("task-1").succeed();
    await done;
    interrupt.abort("SIGINT");
    await settle();
    expect(events.filter((event) => event.type === "run_finished")).toHaveLength(1);
    expect(events.at(-1)).not.toHaveProperty("interrupted_by");
  });

  it.each([
    [{ exit_code: 3, signal: null, kind: "crashed" }, "FAILED", 3],
    [{ exit_code: 0, signal: null, kind: "output_invalid" }, "FAILED", 1],
    [{ exit_code: null, signal: "SIGKILL", kind: "crashed" }, "FAILED", 137],
    [{ exit_code: 143, signal: null, kind: "canceled" }, "CANCELED", 130],
    [{ exit_code: null, signal: "SIGTERM", kind: "timeout" }, "TIMEOUT", 124],
    [{ exit_code: null, signal: null, kind: "not_installed" }, "FAILED", 127],
  ] as const)("judges %j as %s with exit code %i", async (end, status, code) => {
    const executor = new FakeExecutor();
    executor.execute = async () => ({
      exit_code: end.exit_code,
      signal: end.signal,
      content: "",
      failure: { kind: end.kind, message: "x" },
      may_have_written: false,
      edited: false,
      outcome: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null },
    });
    const { done, results } = start(planOf(1), { executor });
    await done;
    expect(results()["task-1"]).toMatchObject({ status, exit_code: code });
  });

  it("carries the task's own words through to the result", async () => {
    const task = makeTask({ id: "a", name: "A", tags: ["t"], meta: { k: [1] }, workdir: "/w" });
    const { executor, done, results } = start(planOf(0, { tasks: [task] }));
    executor.of("a").succeed();
    await done;
    expect(results().a).toMatchObject({ name: "A", tags: ["t"], meta: { k: [1] }, workdir: "/w", index: 0 });
  });
});
