// Whatever throws while a run is under way: no slot, timer or child is left behind.
import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { RunOptions } from "../../../src/engine/run-options.js";
import { Pool } from "../../../src/engine/shared-pool.js";
import type { Attempt } from "../../../src/executors/executor.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

const BUG = new TypeError("x is not a function");

interface Options extends Partial<RunOptions> {
  executor?: FakeExecutor;
  /** Called with each event before it is kept. */
  see?(event: RunEvent): void;
}

function start(plan: Plan, { see, executor = new FakeExecutor(), ...more }: Options = {}) {
  const pool = new Pool(10);
  const clock = new FakeClock();
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    see?.(event);
    events.push(event);
  };
  const done = run({ plan, executor, pool, clock, onEvent, ...more });
  done.catch(() => {});
  const results = () => events.flatMap((event) => (event.type === "task_finished" ? [event.result] : []));
  const expectNothingLeft = () => {
    expect(pool.taken).toBe(0);
    expect(clock.pending).toBe(0);
    expect(executor.running.size).toBe(0);
    expect(executor.closed).toBe(true);
  };
  return { pool, clock, executor, events, done, results, expectNothingLeft };
}

/** Tasks with every kind of timer. */
function timedPlan(count: number, more: Partial<Plan> = {}): Plan {
  const tasks = Array.from({ length: count }, (_, index) =>
    makeTask({ index, timeout_seconds: 60, idle_timeout_seconds: 30 }),
  );
  return planOf(0, { tasks, max_parallel: 2, deadline_seconds: 600, ...more });
}

class BrokenExecutor extends FakeExecutor {
  readonly #break: (id: string) => Promise<Attempt> | undefined;

  constructor(breakTask: (id: string) => Promise<Attempt> | undefined) {
    super();
    this.#break = breakTask;
  }

  override execute(...call: Parameters<FakeExecutor["execute"]>): Promise<Attempt> {
    const [{ task }] = call;
    return this.#break(task.id) ?? super.execute(...call);
  }
}

describe("an executor that breaks", () => {
  it.each([
    ["rejects", () => Promise.reject(BUG)],
    [
      "throws",
      () => {
        throw BUG;
      },
    ],
  ])("and %s fails its task, and no other", async (_, breaks) => {
    const executor = new BrokenExecutor((id) => (id === "task-1" ? breaks() : undefined));
    const { done, results, expectNothingLeft } = start(timedPlan(2), { executor });
    await settle();
    executor.of("task-2").succeed();
    await done;
    expectNothingLeft();
    const [first, second] = results();
    expect(first).toMatchObject({ task_id: "task-1", status: "FAILED", exit_code: 1, attempts: 1 });
    expect(first?.failure).toMatchObject({ kind: "crashed", message: expect.stringContaining(BUG.message) });
    expect(first?.failure?.hint).toContain("bug in clinvk");
    expect(second).toMatchObject({ task_id: "task-2", status: "OK" });
  });

  it("stops the rest under fail_fast, as any failure does", async () => {
    const executor = new BrokenExecutor((id) => (id === "task-1" ? Promise.reject(BUG) : undefined));
    const { done, results, expectNothingLeft } = start(timedPlan(3, { fail_fast: true }), { executor });
    await done;
    expectNothingLeft();
    expect(results().map(({ status }) => status)).toEqual(["FAILED", "CANCELED", "CANCELED"]);
  });

  it("when it is closed rejects the run", async () => {
    const executor = new FakeExecutor();
    executor.close = () => Promise.reject(BUG);
    const { pool, clock, done } = start(timedPlan(1), { executor });
    executor.of("task-1").succeed();
    await expect(done).rejects.toBe(BUG);
    expect([pool.taken, clock.pending]).toEqual([0, 0]);
  });

  it("when it looks at a task refuses it, as any failure there does", async () => {
    const executor = new FakeExecutor();
    executor.preflight = () => {
      throw BUG;
    };
    const { done, results, expectNothingLeft } = start(timedPlan(2, { fail_fast: true }), { executor });
    await done;
    expectNothingLeft();
    expect(results().map(({ status }) => status)).toEqual(["FAILED", "CANCELED"]);
    expect(results()[0]?.failure?.message).toContain(BUG.message);
  });
});

describe("a bug in what follows from an attempt fails its task, which keeps its answer", () => {
  const broken = {
    get model(): string {
      throw BUG;
    },
  };

  it.each([
    ["the cost of a success", {}],
    ["the decision after a failure", { failure: { kind: "network", message: "cut" } as const }],
  ])("%s", async (what, more) => {
    const prices = what.startsWith("the cost") ? { claude: broken as never } : {};
    const random = () => {
      throw BUG;
    };
    const outcome = { model: "model", session_id: null, usage: null, cost_usd: null, refusals: null };
    const { done, executor, results, expectNothingLeft } = start(timedPlan(2, { prices }), { random });
    executor.of("task-1").succeed("an answer", { outcome, ...more });
    executor.of("task-2").succeed("another", { outcome: { ...outcome, model: "other" } });
    await done;
    expectNothingLeft();
    const [first, second] = results();
    expect(first).toMatchObject({ status: "FAILED", content: "an answer", failure: { kind: "crashed" } });
    expect(first?.failure?.message).toContain(BUG.message);
    expect(second).toMatchObject({ status: "OK" });
  });

  it("the making of a prompt", async () => {
    const promptFor: RunOptions["promptFor"] = (task) => {
      if (task.id === "task-1") throw BUG;
      return { ok: true, value: task.prompt };
    };
    const { done, executor, results, expectNothingLeft } = start(timedPlan(2), { promptFor });
    await settle();
    executor.of("task-2").succeed();
    await done;
    expectNothingLeft();
    expect(results()[0]).toMatchObject({ task_id: "task-1", status: "FAILED", failure: { kind: "crashed" } });
    expect(results()[1]).toMatchObject({ status: "OK" });
  });
});

describe("a receiver of events that throws", () => {
  const throwAt = (type: RunEvent["type"]) => (event: RunEvent) => {
    if (event.type === type) throw BUG;
  };

  it.each(["run_started", "warning"] as const)("at the %s rejects the run before anything starts", async (type) => {
    const { done, executor, expectNothingLeft } = start(timedPlan(2, { warnings: ["look"] }), { see: throwAt(type) });
    await expect(done).rejects.toBe(BUG);
    expect(executor.started).toEqual([]);
    expectNothingLeft();
  });

  it("at the end of a task stops the others and rejects the run when they have ended", async () => {
    const { done, executor, events, expectNothingLeft } = start(timedPlan(4), { see: throwAt("task_finished") });
    const other = executor.of("task-2");
    executor.of("task-1").succeed();
    await expect(done).rejects.toBe(BUG);
    expect(other.options.signal.aborted).toBe(true);
    expect(executor.started).toEqual(["task-1", "task-2"]);
    expect(events.some(({ type }) => type === "run_finished")).toBe(false);
    expectNothingLeft();
  });

  it("at an attempt's progress does not throw into the executor", async () => {
    const { done, executor, expectNothingLeft } = start(timedPlan(3), { see: throwAt("task_output") });
    expect(() => executor.of("task-1").progress({ type: "text", text: "hi" })).not.toThrow();
    await expect(done).rejects.toBe(BUG);
    expectNothingLeft();
  });

  it("while a task waits for its next attempt leaves no timer", async () => {
    const see = (event: RunEvent) => {
      if (event.type === "task_finished" && event.task_id === "task-2") throw BUG;
    };
    const { done, executor, expectNothingLeft } = start(timedPlan(2), { see });
    executor.of("task-1").fail({ kind: "rate_limited", message: "429" });
    await settle();
    executor.of("task-2").succeed();
    await expect(done).rejects.toBe(BUG);
    expectNothingLeft();
  });

  it("at the last event rejects the run", async () => {
    const { done, executor, expectNothingLeft } = start(timedPlan(1), { see: throwAt("run_finished") });
    executor.of("task-1").succeed();
    await expect(done).rejects.toBe(BUG);
    expectNothingLeft();
  });

  it.each(["run_started", "task_started", "task_finished"] as const)(
    "does not harm when it stops the run at a %s: each task ends once",
    async (type) => {
      const stop = new AbortController();
      const see = (event: RunEvent) => {
        if (event.type === type) stop.abort("SIGINT");
      };
      const { done, executor, results, events, expectNothingLeft } = start(timedPlan(4), { see, signal: stop.signal });
      if (type !== "run_started") executor.of("task-1").progress({ type: "started", command: "x" });
      executor.running.get("task-1")?.succeed();
      await done;
      expect(new Set(results().map(({ task_id }) => task_id)).size).toBe(4);
      expect(results()).toHaveLength(4);
      expect(events.at(-1)).toMatchObject({ type: "run_finished", interrupted_by: "SIGINT" });
      expectNothingLeft();
    },
  );
});

describe("a search for votes that throws", () => {
  it("costs the run its votes, not its end", async () => {
    const plan = timedPlan(2, { vote: { extract: "x", of: "choice", task_ids: ["task-1", "task-2"] } });
    const { done, executor, events, expectNothingLeft } = start(plan, { find: () => Promise.reject(BUG) });
    executor.of("task-1").succeed();
    executor.of("task-2").succeed();
    await done;
    expectNothingLeft();
    const warning = events.find(({ type }) => type === "warning");
    expect(warning).toMatchObject({ message: expect.stringContaining(BUG.message) });
    expect(events.at(-1)).toMatchObject({ type: "run_finished" });
    expect(events.at(-1)).not.toHaveProperty("vote");
  });
});
