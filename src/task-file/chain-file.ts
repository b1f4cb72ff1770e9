// A chain file → the task file that it is for the plan: steps in order, one at a time.

import { type Diagnostic, parsePath } from "../document/diagnostics.js";
import { ChainFile } from "../schema/chain.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { ok, type Result } from "../util/result.js";
import { type LoadedTaskFile, readChecked, type TaskSource } from "./task-file.js";

/** Reads and checks a chain file, as `readTaskFile` does with a task file. Paths say `tasks` also here: see `inSteps`. */
export async function readChainFile(
  source: TaskSource,
  cwd: string,
  known_backends?: readonly string[],
): Promise<Result<LoadedTaskFile, Diagnostic[]>> {
  const read = await readChecked({
    schema: ChainFile,
    list: "steps",
    source,
    cwd,
    ...omitUndefined({ known_backends }),
  });
  if (!read.ok) return read;
  const { value, withPrompt, locate, ...place } = read.value;
  const { steps, stop_on_failure: fail_fast = true, pass_working_dir = false, ...rest } = value;
  let passed: string | undefined;
  const tasks = steps.map((step, index) => {
    const { workdir = passed, ...task } = withPrompt(step, ["steps", index]);
    if (pass_working_dir) passed = workdir;
    return { ...task, name: task.name ?? `Step ${index + 1}`, ...omitUndefined({ workdir }) };
  });
  const position: LoadedTaskFile["position"] = (path) =>
    locate(parsePath(path).map((key, at) => (at === 0 && key === "tasks" ? "steps" : key)));
  return ok({ ...place, file: { ...rest, tasks, fail_fast, max_parallel: 1 }, position });
}

/** A problem of the plan of a chain, in the words of its file. */
export function inSteps(problem: Diagnostic): Diagnostic {
  const { path, message, hint } = problem;
  const rename = (text: string) => text.replace(/\btasks\[(?=\d+\])/g, "steps[");
  return {
    ...problem,
    message: rename(message),
    ...omitUndefined({ path: path && rename(path), hint: hint && rename(hint) }),
  };
}
