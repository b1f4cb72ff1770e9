// Whole runs against services that are rate-limited or down for a time, on a clock that costs nothing: all tasks get
// through, with few requests.
import { describe, expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { Attempt } from "../../../src/executors/executor.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

/** What a service answers to a request at a second of the run; `undefined` = an answer. */
type Service = (second: number) => Failure | undefined;

/** Every request takes half a second to be refused, and one and a half to be answered, of which the first word comes after one. */
async function play(plan: Plan, service: Service, maxHours = 1) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const events: RunEvent[] = [];
  const requests: number[] = [];
  let chance = 0;
  let over = false;
  const begin = clock.now();
  const done = run({
    plan,
    clock,
    random: () => {
      chance = (chance + 0.37) % 1;
      return chance;
    },
    onEvent: (event) => events.push(event),
    executor: {
      preflight: () => undefined,
      close: async () => {},
      execute(job, options): Promise<Attempt> {
        const attempt = executor.execute(job, options);
        const running = executor.of(job.task.id);
        const second = (clock.now() - begin) / 1000;
        requests.push(second);
        const failure = service(second);
        if (failure) clock.after(500, () => running.fail(failure));
        else {
          clock.after(1000, () => running.progress({ type: "text", text: "It" }));
          clock.after(1500, () => running.succeed("It works"));
        }
        return attempt;
      },
    },
  }).then(() => {
    over = true;
  });
  await settle();
  for (let seconds = 0; !over && seconds < maxHours * 3600; seconds += 1) await clock.pass(1);
  expect(over).toBe(true);
  await done;
  const results = events.flatMap((event) => (event.type === "task_finished" ? [event.result] : []));
  return {
    requests,
    events,
    results,
    seconds: (clock.now() - begin) / 1000,
    ok: results.filter(({ status }) => status === "OK").length,
  };
}

/** So many requests are answered in each window; the rest is told to wait for the next one, if the service says so. */
function limited(count: number, window: number, tells: boolean): Service {
  const answered = new Map<number, number>();
  return (second) => {
    const current = Math.floor(second / window);
    const used = answered.get(current) ?? 0;
    if (used >= count) {
      const retry_after_seconds = Math.ceil((current + 1) * window - second);
      return { kind: "rate_limited", message: "429", ...(tells ? { retry_after_seconds } : {}) };
    }
    answered.set(current, used + 1);
    return undefined;
  };
}

describe("24 tasks, four at once", () => {
  const plan = planOf(24, { max_parallel: 4 });

  it.each([
    { window: 15, tells: true, at_most: 33 },
    { window: 60, tells: true, at_most: 33 },
    { window: 15, tells: false, at_most: 36 },
    { window: 60, tells: false, at_most: 42 },
  ])("8 requests in $window s, Retry-After $tells: all are OK", async ({ window, tells, at_most }) => {
    const { ok, requests, results } = await play(plan, limited(8, window, tells));
    expect(ok).toBe(24);
    expect(requests.length).toBeLessThanOrEqual(at_most);
    expect(results.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(requests.length);
  });

  const DOWN: Failure[] = [
    { kind: "rate_limited", message: "429" },
    { kind: "overloaded", message: "529", retry_after_seconds: 5 },
    { kind: "overloaded", message: "503" },
    { kind: "network", message: "refused" },
  ];
  it.each(
    DOWN.flatMap((failure) => [5, 12, 60, 300, 595].map((outage) => ({ outage, failure, kind: failure.message }))),
  )("$kind for $outage s: all are OK", async ({ outage, failure }) => {
    const { ok, requests } = await play(plan, (second) => (second < outage ? failure : undefined));
    expect(ok).toBe(24);
    // Only where each task finds out by itself whether it is connected again are there many.
    if (failure.kind !== "network") expect(requests.length).toBeLessThanOrEqual(24 + 4 + 15);
  });

  it("a service that is down for good: the patience is used up once, and then each task asks once", async () => {
    const { ok, requests, results, seconds } = await play(plan, () => ({ kind: "overloaded", message: "529" }));
    expect(ok).toBe(0);
    expect(seconds).toBeGreaterThan(500);
    expect(seconds).toBeLessThan(660);
    expect(results).toHaveLength(24);
    expect(requests.length).toBeLessThanOrEqual(24 + 15);
    expect(results.at(-1)).toMatchObject({
      attempts: 1,
      failure: { message: "529; claude has not answered for 10 min" },
    });
  });

  it("a service that comes back when the patience is used up: the tasks that are left get through", async () => {
    const { results } = await play(plan, (second) =>
      second < 603 ? { kind: "overloaded", message: "529" } : undefined,
    );
    const failed = results.filter(({ status }) => status === "FAILED").length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(24);
  });

  it("patience_seconds 0: one request for each task", async () => {
    const tasks = plan.tasks.map((task) => makeTask({ ...task, patience_seconds: 0 }));
    const { requests, ok } = await play({ ...plan, tasks }, () => ({ kind: "overloaded", message: "529" }));
    expect([requests.length, ok]).toEqual([24, 0]);
  });
});
