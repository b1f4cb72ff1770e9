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
  { kind: "rate_limited", message: "x" },
  { kind: "overloaded", message: "x", retry_after_seconds: 30 },
  { kind: "quota_exhausted", message: "x", resets_at: "2026-03-28T12:20:00Z" },
  { kind: "quota_exhausted", message: "x" },
];

it("keeps every limit under random failures, and ends every task exactly once", async () => {
  const caps = fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.integer({ min: 1, max: 3 })])), {
    requiredKeys: [],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...NAMES), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      caps,
      fc.constantFrom(...ON_QUOTA),
      fc.infiniteStream(fc.record({ pick: fc.nat(), outcome: fc.nat({ max: FAILURES.length + 2 }) })),
      async (backends, maxParallel, laneCaps, onQuota, choices) => {
        const tasks = backends.map((backend, index) => {
          const fallback = makeTask({ index, backend: backend === "codex" ? "gemini" : "codex" });
          return makeTask({ index, backend, fallbacks: index % 3 === 0 ? [fallback] : [] });
        });
        const executor = new FakeExecutor();
        const clock = new FakeClock();
        const events: RunEvent[] = [];
        let over = false;
        const done = run({
          plan: planOf(0, {
            tasks,
            max_parallel: maxParallel,
            lane_caps: laneCaps as Record<string, number>,
            on_quota: onQuota,
          }),
          executor,
          clock,
          random: () => 0.5,
          onEvent: (event) => events.push(event),
        }).then(() => {
          over = true;
        });
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
          if (!chosen) await clock.pass(600);
          else if (failure) chosen.fail(failure);
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
