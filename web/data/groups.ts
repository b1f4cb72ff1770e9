// Groups the tasks of a run by equal prompts. Pure.
import type { RunTask } from "../../src/schema/api.js";

/** Tasks with the same prompt, two or more of them, in file order. */
export function samePrompt(tasks: readonly Pick<RunTask, "task_id" | "prompt">[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { task_id, prompt } of tasks) {
    if (prompt === null) continue;
    const group = groups.get(prompt);
    if (group === undefined) groups.set(prompt, [task_id]);
    else group.push(task_id);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
