// Many dry runs in one process: other work gets its turn meanwhile.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { executeRun } from "../../../src/app/execute.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { makeTask, planOf } from "../../rig/plan.js";

const home = mkdtempSync(join(tmpdir(), "clinvk-dry-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it.each([1, 40])("other work gets its turn between the tasks of a dry run, %i at once", async (max_parallel) => {
  const tasks = Array.from({ length: 40 }, (_, index) => makeTask({ index, dry_run: true }));
  let done = 0;
  /** How many tasks were done at each turn of the other work. */
  const seen = new Set<number>();
  const run = executeRun({
    plan: planOf(0, { tasks, max_parallel, dry_run: true }),
    config: { config: {}, path: undefined, clinvk_home: home, origin: () => "default" },
    env: { PATH: join(home, "bin"), HOME: home },
    reporters: [
      {
        onEvent: (event: RunEvent) => {
          if (event.type === "task_finished") done += 1;
        },
        close() {},
      },
    ],
    journal: false,
    onProblem: expect.unreachable,
    onWarning: expect.unreachable,
  });
  while (done < tasks.length) {
    seen.add(done);
    await new Promise((resume) => setImmediate(resume));
  }
  await run;
  expect([...seen]).toEqual(tasks.map((_, at) => at));
});
