// Warns about task fields that a CLI does not honour, from its table of support.
import type { Task } from "../../schema/task.js";
import type { Backend, OptionalField } from "./backend.js";

/** Whether a task sets a field to something other than its default. */
function isSet(task: Task, field: OptionalField): boolean {
  switch (field) {
    case "model":
    case "system_prompt":
    case "append_system_prompt":
      return task[field] !== undefined;
    case "approval_mode":
    case "sandbox_mode":
      return task[field] !== "default";
    case "max_turns":
    case "max_tokens":
      return task[field] > 0;
    case "allowed_tools":
      return task.allowed_tools.length > 0;
    default:
      return field satisfies never;
  }
}

/** One warning for each field that the task sets and the CLI can't honour at all; the same text for every task. */
export function unsupportedFields(backend: Pick<Backend, "name" | "support">, task: Task): string[] {
  const fields = Object.keys(backend.support) as OptionalField[];
  return fields
    .filter((field) => backend.support[field].level === "none" && isSet(task, field))
    .map((field) => `${backend.name} does not honour \`${field}\`; it is ignored`);
}
