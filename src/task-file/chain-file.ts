// A chain file → the task file that it is for the plan: steps in order, one at a time.
import { ChainFile } from "../schema/chain.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { type ReadTasks, readChecked, type TaskSource } from "./task-file.js";

/** Reads and checks a chain file, as `readTaskFile` does with a task file. Its paths say `steps`. */
export async function readChainFile(
  source: TaskSource,
  cwd: string,
  known_backends?: readonly string[],
): Promise<ReadTasks> {
  const { checked, problems } = await readChecked({
    schema: ChainFile,
    list: "steps",
    source,
    cwd,
    ...omitUndefined({ known_backends }),
  });
  if (checked === undefined) return { loaded: undefined, problems };
  const { value, withPrompt, ...rest } = checked;
  const { steps, stop_on_failure: fail_fast = true, pass_working_dir = false, ...fields } = value;
  let passed: string | undefined;
  const tasks = steps.map((step, index) => {
    const { workdir = passed, ...task } = withPrompt(step, ["steps", index]);
    if (pass_working_dir) passed = workdir;
    return { ...task, name: task.name ?? `Step ${index + 1}`, ...omitUndefined({ workdir }) };
  });
  return { loaded: { ...rest, file: { ...fields, tasks, fail_fast, max_parallel: 1 } }, problems };
}
