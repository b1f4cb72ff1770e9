// Non-fatal warnings about a plan, shown before it runs.
import type { Backends } from "../backends/shared/backend.js";
import type { Task } from "../schema/task.js";
import type { TaskFile } from "../schema/task-file.js";
import { parseTemplate } from "../util/template.js";
import { stepTemplate } from "./chain.js";
import { judgeTemplate } from "./council.js";
import { placeholderWarnings } from "./placeholders.js";
import type { Plan } from "./plan.js";
import { stagesOf } from "./stages.js";

/** All warnings about a plan, each once. */
export function warningsOf(plan: Plan, file: TaskFile, backends: Backends): string[] {
  const texts = new Set<string>();
  for (const task of stagesOf(plan).flat())
    for (const variant of [task, ...task.fallbacks])
      for (const text of backends.get(variant.backend)?.warnings(variant) ?? []) texts.add(text);
  if ([file.defaults, ...file.tasks].some((input) => input?.output_format !== undefined))
    texts.add("`output_format` of a task is ignored; use the flag --json");
  for (const text of placeholders(plan)) texts.add(text);
  for (const text of writeConflicts(plan)) texts.add(text);
  for (const text of unknownCosts(plan, backends)) texts.add(text);
  if (plan.on_quota === "fallback" && plan.tasks.every((task) => task.fallbacks.length === 0))
    texts.add("on_quota is `fallback`, but no task has a `fallback` list: what meets a quota waits");
  return [...texts];
}

/** Checks only prompts from files: a prompt that a person types is taken as meant. */
function placeholders({ kind, tasks, judge }: Plan): string[] {
  if (kind === "prompt" || kind === "compare") return [];
  const own = placeholderWarnings(tasks, kind === "chain" ? stepTemplate : ({ prompt }) => parseTemplate(prompt, []));
  return judge ? [...own, ...placeholderWarnings([judge], judgeTemplate)] : own;
}

/** Warns of backends whose cost is unknown, which a budget in dollars does not see. */
function unknownCosts(plan: Plan, backends: Backends): string[] {
  const limited = stagesOf(plan)
    .flat()
    .filter((task) => (plan.max_cost_usd ?? task.max_cost_usd) !== undefined);
  const names = new Set(limited.flatMap((task) => [task, ...task.fallbacks]).map((task) => task.backend));
  return [...names]
    .filter((name) => backends.get(name)?.reports_cost === false && plan.prices[name] === undefined)
    .map(
      (name) =>
        `max_cost_usd does not see what ${name} costs: it reports no cost, and backends.${name}.prices is not configured`,
    );
}

/** Two tasks that may write in one directory at the same time can undo each other's work. */
function writeConflicts({ tasks, max_parallel, dry_run }: Plan): string[] {
  const writers = new Map<string, Task[]>();
  for (const task of tasks) {
    // A dry run warns as the real run will.
    if ((task.dry_run && !dry_run) || !mayWrite(task)) continue;
    const group = writers.get(task.workdir);
    if (group) group.push(task);
    else writers.set(task.workdir, [task]);
  }
  return [...writers].flatMap(([workdir, group]) => {
    if (group.length < 2 || max_parallel === 1) return [];
    const names = group.slice(0, 5).map((task) => task.id);
    return [
      `${group.length} tasks may write in ${workdir} at the same time: ${names.join(", ")}${group.length > 5 ? ", …" : ""}`,
    ];
  });
}

/** Whether a task is allowed to change files without being asked, as far as its own options tell. */
function mayWrite({ sandbox_mode, approval_mode }: Task): boolean {
  if (sandbox_mode === "read-only" || approval_mode === "always") return false;
  return approval_mode !== "default" || sandbox_mode !== "default";
}
