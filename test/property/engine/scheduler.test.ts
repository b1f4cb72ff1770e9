import fc from "fast-check";
import { expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { planOf } from "../../rig/plan.js";

it("never runs more than max_parallel at once, that many while there is work, and ends every task exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.infiniteStream(fc.record({ pick: fc.nat(), fails: fc.boolean(), interrupts: fc.nat({ max: 40 }) })),
      async (count, maxParallel, failFast, choices) => {
        const executor = new FakeExecutor();
        const interrupt = new AbortController();
        const events: RunEvent[] = [];
        let over = false;
        const done = run({
          plan: planOf(count, { max_parallel: maxParallel, fail_fast: failFast }),
          executor,
          signal: interrupt.signal,
          onEvent: (event) => events.push(event),
        }).then(() => {
          over = true;
        });
        const finished = () => events.filter((event) => event.type === "task_finished").length;
        await settle();
        while (!over) {
          expect(executor.running.size).toBe(Math.min(maxParallel, count - finished()));
          const choice = choices.next().value;
          const ids = [...executor.running.keys()];
          const running = executor.of(ids[choice.pick % ids.length] ?? "");
          if (choice.interrupts === 0) interrupt.abort("SIGINT");
          else if (choice.fails) running.fail({ kind: "crashed", message: "x" });
          else running.succeed();
          await settle();
        }
        await done;
        expect(executor.peak).toBeLessThanOrEqual(maxParallel);
        const ended = events.flatMap((event) => (event.type === "task_finished" ? [event.task_id] : []));
        expect(new Set(ended).size).toBe(count);
        expect(ended).toHaveLength(count);
        expect(executor.started).toEqual(executor.started.toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5))));
      },
    ),
    { numRuns: 200 },
  );
});
