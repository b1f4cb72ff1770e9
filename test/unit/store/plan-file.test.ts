// What of a plan is kept: no value of an environment variable, wherever in the plan it stands.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPlan, writePlan } from "../../../src/store/plan-file.js";
import { resumePlan } from "../../../src/store/resume.js";
import { PLAN_FILE, type StoredRun } from "../../../src/store/store.js";
import { emptyRun } from "../../../src/summary/summary.js";
import { makeTask, planOf } from "../../rig/plan.js";

const env = { TOKEN: "hunter2-hunter2" };

it("the values of tasks, fallbacks and the judge are left out, and come back from the configuration", () => {
  const dir = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
  try {
    const task = makeTask({ env, fallbacks: [makeTask({ backend: "codex", env })] });
    const plan = { ...planOf(0), tasks: [task], judge: { ...task, index: 1, id: "judge" } };
    writePlan(dir, plan);
    expect(readFileSync(join(dir, PLAN_FILE), "utf8")).not.toContain("hunter2");
    const run = { plan: readPlan(dir, plan.run_id), state: emptyRun(), next_seq: 1 } as StoredRun;
    expect(resumePlan(run, { env: () => env })).toMatchObject({ ok: true, value: { plan, missing_env: [] } });
    expect(resumePlan(run)).toMatchObject({ ok: true, value: { missing_env: ["TOKEN"] } });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
