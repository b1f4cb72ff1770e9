import fc from "fast-check";
import { expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import { ON_QUOTA } from "../../../src/schema/task-input.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

const NAMES = ["claude", "codex", "gemini"] as const;
const FAILURES: Failure[] = [
  { kind: "crashed", message: "x" },
  { kind: "network", message: "x" },
  { kind: "rate_limited", message: "x" },
  { kind: "overloaded", message: "x", retry_after_seconds: 30 },
  { kind: "rate_limited", message: "x", retry_after_seconds: 1800 },
  { kind: "quota_exhausted", message: "x", resets_at: "2026-03-28T12:20:00Z" },
  { kind: "quota_exhausted", message: "x" },
];

/**
 * A naive model of the pauses, made of the events alone: a lane that pauses starts nothing before its time, and then one
 * task at once, until that begins to answer or ends in another way.
 */
class Pauses {
  readonly #lanes = new Map<string, { until: number; probes: Set<string> }>();
  readonly #backends = new Map<string, string>();

  take(event: RunEvent, backendOf: (id: string) => string): void {
    if (event.type === "lane_paused") {
      const lane = this.#lanes.get(event.backend) ?? { until: 0, probes: new Set<string>() };
      lane.until = Math.max(lane.until, Date.parse(event.until));
      this.#lanes.set(event.backend, lane);
    }
    if (event.type === "lane_parked") this.#lanes.delete(event.backend);
    if (event.type === "lane_changed" && event.reason === "recovered") this.#lanes.delete(event.backend);
    if (event.type === "task_started") {
      const backend = backendOf(event.task_id);
      this.#backends.set(event.task_id, backend);
      const lane = this.#lanes.get(backend);
      if (!lane) return;
      expect(Date.parse(event.time)).toBeGreaterThanOrEqual(lane.until);
      expect(lane.probes.size).toBe(0);
      lane.probes.add(event.task_id);
    }
    if (event.type === "task_retrying" || event.type === "task_finished")
      this.#lanes.get(this.#backends.get(event.task_id) ?? "")?.probes.delete(event.task_id);
  }
}

it("keeps every limit and every pause under random failures, and ends every task exactly once", async () => {
  const caps = fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.integer({ min: 1, max: 3 })])), {
    requiredKeys: [],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...NAMES), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      caps,
      fc.constantFrom(...ON_QUOTA),
      fc.constantFrom(0, 30, 600),
      fc.infiniteStream(fc.record({ pick: fc.nat(), outcome: fc.nat({ max: FAILURES.length + 3 }) })),
      async (backends, maxParallel, laneCaps, onQuota, patience_seconds, choices) => {
        const tasks = backends.map((backend, index) => {
          const fallback = makeTask({ index, backend: backend === "codex" ? "gemini" : "codex", patience_seconds });
          const fallback_on = index % 2 === 0 ? (["overloaded"] as const) : [];
          const fallbacks = index % 3 === 0 ? [fallback] : [];
          return makeTask({ index, backend, patience_seconds, fallbacks, fallback_on });
        });
        const executor = new FakeExecutor();
        const clock = new FakeClock();
        const events: RunEvent[] = [];
        const pauses = new Pauses();
        let over = false;
        const done = run({
          plan: planOf(0, {
            tasks,
            max_parallel: maxParallel,
            lane_caps: laneCaps as Record<string, number>,
            on_quota: onQuota,
          }),
          executor: {
            preflight: (task) => executor.preflight(task),
            close: () => executor.close(),
            execute: (job, options) => {
              const attempt = executor.execute(job, options);
              options.onProgress({ type: "started", command: "x" });
              return attempt;
            },
          },
          clock,
          random: () => 0.5,
          onEvent: (event) => {
            events.push(event);
            pauses.take(event, (id) => executor.running.get(id)?.job.task.backend ?? "");
          },
        }).finally(() => {
          over = true;
        });
        // A broken pause ends the run; the property fails below, when it is awaited.
        done.catch(() => {});
        await settle();
        while (!over) {
          const running = [...executor.running.values()];
          expect(running.length).toBeLessThanOrEqual(maxParallel);
          for (const name of NAMES) {
            const inLane = running.filter(({ job }) => job.task.backend === name).length;
            expect(inLane).toBeLessThanOrEqual(laneCaps[name] ?? maxParallel);
          }
          const { pick, outcome } = choices.next().value;
          const chosen = running[pick % Math.max(1, running.length)];
          const failure = FAILURES[outcome];
          if (!chosen || outcome === FAILURES.length) await clock.pass(chosen ? 7 : 600);
          else if (failure) chosen.fail(failure);
          else if (outcome === FAILURES.length + 1) chosen.progress({ type: "text", text: "a" });
          else chosen.succeed();
          await settle();
        }
        await done;
        const ended = events.flatMap((event) => (event.type === "task_finished" ? [event.task_id] : []));
        expect(ended.toSorted()).toEqual(tasks.map((task) => task.id).toSorted());
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      },
    ),
    { numRuns: 150 },
  );
});
