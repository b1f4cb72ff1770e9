// What of a plan is kept: no value of an environment variable, wherever in the plan it stands.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Task } from "../../../src/schema/task.js";
import { formatLine } from "../../../src/store/journal-line.js";
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

it.each([
  ["no tasks", { tasks: undefined }, "tasks"],
  ["a task that is none", { tasks: [null] }, "tasks.0"],
  ["a task without fallbacks", { tasks: [{ ...makeTask(), fallbacks: undefined }] }, "tasks.0.fallbacks"],
  ["a task whose tags are a text", { tasks: [{ ...makeTask(), tags: "a" }] }, "tasks.0.tags"],
  ["a judge that is a number", { judge: 1 }, "judge"],
  ["a fallback that is none", { tasks: [makeTask({ fallbacks: [{} as never] })] }, "tasks.0.fallbacks.0"],
  ["two tasks with one id", { tasks: [makeTask(), makeTask({ index: 1, id: "task-1" })] }, "tasks"],
  ["no room for any task", { max_parallel: 0 }, "max_parallel"],
  ["no room for the tasks of a backend", { lane_caps: { claude: 0 } }, "lane_caps.claude"],
])("a plan with the right checksum and %s is damaged", (_, change, where) => {
  const dir = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
  try {
    const plan = { ...planOf(1), ...change };
    writeFileSync(join(dir, PLAN_FILE), formatLine({ v: 1, plan }));
    const path = join(dir, PLAN_FILE);
    const read = readPlan(dir, plan.run_id);
    expect(read.ok ? "" : read.error).toContain(`the plan ${path} is damaged: ${where}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it("a plan of an older clinvk, without patience_seconds, has the patience of today", () => {
  const dir = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
  try {
    const old = ({ patience_seconds: _, ...task }: Task) => ({ ...task, retries: 2 });
    const plan = { ...planOf(1), tasks: [{ ...old(makeTask()), fallbacks: [old(makeTask({ backend: "codex" }))] }] };
    writeFileSync(join(dir, PLAN_FILE), formatLine({ v: 1, plan }));
    const fields = { retries: 2, patience_seconds: 600 };
    expect(readPlan(dir, plan.run_id)).toMatchObject({
      ok: true,
      value: { tasks: [{ ...fields, fallbacks: [fields] }] },
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it.each([null, {}, { v: 1 }, { v: 1, plan: null }, { v: 1, plan: [] }])(
  "a plan file that holds %j is damaged",
  (file) => {
    const dir = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
    try {
      writeFileSync(join(dir, PLAN_FILE), formatLine(file ?? [null]));
      expect(readPlan(dir, "r")).toEqual({ ok: false, error: `the plan ${join(dir, PLAN_FILE)} is damaged` });
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);
