// Limits the tasks of one request, before they are checked: each check takes time.
import type { Problem } from "../../document/diagnostics.js";

/** The refusal of too many tasks; `undefined` = there are not too many. */
export function tooManyTasks(count: number, max_tasks: number): string | undefined {
  if (count <= max_tasks) return undefined;
  return `there are ${count}, and one request may have ${max_tasks} (\`server.max_tasks\`): send several, or use \`clinvk parallel\``;
}

/** The first list of a body that is too long to be one of tasks, steps, or names of them. */
export function tooLongList(body: unknown, max_tasks: number): Problem | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  for (const [name, list] of Array.isArray(body) ? [["", body] as const] : Object.entries(body)) {
    const message = Array.isArray(list) ? tooManyTasks(list.length, max_tasks) : undefined;
    if (message !== undefined) return { path: name === "" ? [] : [name], message };
  }
  return undefined;
}
