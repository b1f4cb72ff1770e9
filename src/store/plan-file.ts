// Stores the plan of a run on disk: all that a resumption needs, but no value of the environment.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { Task } from "../schema/task.js";
import { readRegular } from "../util/regular-file.js";
import { err, ok, type Result } from "../util/result.js";
import { formatLine, parseLine } from "./journal-line.js";
import { checkPlan } from "./plan-shape.js";
import { PLAN_FILE, type StoredPlan } from "./store.js";

const Head = z.looseObject({ v: z.number(), plan: z.looseObject({ run_id: z.string() }) });

/** Raised when plans of an older clinvk can't run unchanged any more. */
const PLAN_VERSION = 1;

/** The task with new values for its environment, also in its fallbacks. */
export function withEnv(task: Task, envOf: (task: Task) => Record<string, string>): Task {
  const fallbacks = task.fallbacks.map((fallback) => withEnv(fallback, envOf));
  return { ...task, env: envOf(task), ...(fallbacks.length > 0 ? { fallbacks } : {}) };
}

/** Writes the plan, 0600; throws if there is one already. The names of the tasks' `env` are kept, their values are not. */
export function writePlan(dir: string, plan: StoredPlan): void {
  const namesOnly = (task: Task) =>
    withEnv(task, ({ env }) => Object.fromEntries(Object.keys(env).map((name) => [name, ""])));
  const tasks = plan.tasks.map(namesOnly);
  const judge = plan.judge && { judge: namesOnly(plan.judge) };
  const text = formatLine({ v: PLAN_VERSION, plan: { ...plan, tasks, ...judge } });
  writeFileSync(join(dir, PLAN_FILE), text, { mode: 0o600, flag: "wx" });
}

/** Reads the plan back. The checksum does not prove that we wrote it: what its readers need of its shape is checked, too. */
export function readPlan<P extends StoredPlan>(dir: string, runId: string): Result<P, string> {
  const path = join(dir, PLAN_FILE);
  let bytes: Buffer;
  try {
    bytes = readRegular(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return err(code === "ENOENT" ? `the plan ${path} is missing` : `the plan ${path} can't be read: ${code}`);
  }
  const file = Head.safeParse(parseLine(bytes.subarray(0, -1)));
  if (!file.success || bytes.at(-1) !== 0x0a) return err(`the plan ${path} is damaged`);
  const { v, plan } = file.data;
  if (v !== PLAN_VERSION) return err(`the plan ${path} was written by another version of clinvk`);
  if (plan.run_id !== runId) return err(`the plan ${path} belongs to the run ${plan.run_id}`);
  const checked = checkPlan(plan);
  return checked.ok ? ok(checked.value as P) : err(`the plan ${path} is damaged: ${checked.error}`);
}
