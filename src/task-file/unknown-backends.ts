// The backends that a task file names and nobody knows, wherever it names them.
import type { KeyPath, Problem } from "../document/diagnostics.js";
import { isObject, noneOf } from "../document/validate.js";

/** Looks at `backend`, `fallback` and `limits`; the file need not be valid otherwise. */
export function unknownBackends(file: unknown, known: readonly string[], list = "tasks"): Problem[] {
  if (!isObject(file)) return [];
  const problems: Problem[] = [];
  const check = (name: unknown, path: KeyPath, at?: "key") => {
    if (typeof name !== "string" || known.includes(name)) return;
    problems.push({ path, ...(at && { at }), ...noneOf(known, name) });
  };
  const checkTask = (task: unknown, path: KeyPath) => {
    if (!isObject(task)) return;
    check(task.backend, [...path, "backend"]);
    if (!Array.isArray(task.fallback)) return;
    for (const [index, name] of task.fallback.entries()) check(name, [...path, "fallback", index]);
  };
  checkTask(file.defaults, ["defaults"]);
  checkTask(file.judge, ["judge"]);
  const tasks = file[list];
  if (Array.isArray(tasks)) for (const [index, task] of tasks.entries()) checkTask(task, [list, index]);
  if (isObject(file.limits)) for (const name of Object.keys(file.limits)) check(name, ["limits", name], "key");
  return problems;
}
