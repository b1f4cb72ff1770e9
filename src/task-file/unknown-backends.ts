// Finds unknown backends in a task file, wherever it names a backend.
import type { KeyPath, Problem } from "../document/diagnostics.js";
import { noneOf } from "../document/validate.js";
import { isObject } from "../util/json.js";

/** Other names that people use for the backends. */
const MEANT: readonly (readonly [name: RegExp, backend: string])[] = [
  [/^(chatgpt|openai|gpt)/, "codex"],
  [/^google$/, "gemini"],
  [/^anthropic$/, "claude"],
];
/** Names of models, and the backends that they belong to. */
const MODELS: readonly (readonly [name: RegExp, backend: string])[] = [
  [/^(opus|sonnet|haiku|fable|claude-)/, "claude"],
  [/^(gpt-|o\d|codex-)/, "codex"],
  [/^gemini-/, "gemini"],
];

/** The backend that a model belongs to, by the model's name. */
export function ownerOfModel(name: string): string | undefined {
  return find(MODELS, name);
}

function find(table: typeof MEANT, name: string): string | undefined {
  return table.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

/** Reports an unknown backend, and suggests a known one if the name looks like it or is the name of a model. */
export function unknownBackend(known: readonly string[], name: string): { message: string; hint?: string } {
  const problem = noneOf(known, name);
  const owner = ownerOfModel(name);
  if (owner !== undefined && known.includes(owner))
    return {
      ...problem,
      hint: `\`${name}\` is a model: \`-b ${owner} -m ${name}\`, or \`backend\` and \`model\` in a file`,
    };
  const backend = find(MEANT, name);
  return problem.hint === undefined && backend !== undefined && known.includes(backend)
    ? { ...problem, hint: `did you mean \`${backend}\`?` }
    : problem;
}

/** Checks `backend`, `fallback` and `limits`. The rest of the file need not be valid. */
export function unknownBackends(file: unknown, known: readonly string[], list = "tasks"): Problem[] {
  if (!isObject(file)) return [];
  const problems: Problem[] = [];
  const check = (name: unknown, path: KeyPath, at?: "key") => {
    if (typeof name !== "string" || known.includes(name)) return;
    problems.push({ path, ...(at && { at }), ...unknownBackend(known, name) });
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
