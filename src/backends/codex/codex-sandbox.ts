// Chooses the sandbox of a codex task from its approval mode and its sandbox mode: codex has no other permissions.
import type { Task } from "../../schema/task.js";

/** Approval `always` and sandbox `read-only` win; then an explicit sandbox; then what the approval asks for. `undefined` = codex's own choice. */
export function codexSandbox(task: Task): "read-only" | "workspace-write" | "danger-full-access" | undefined {
  if (task.approval_mode === "always") return "read-only";
  switch (task.sandbox_mode) {
    case "read-only":
      return "read-only";
    case "workspace":
      return "workspace-write";
    case "full":
      return "danger-full-access";
    case "default":
      if (task.approval_mode !== "default") return "workspace-write";
      return task.untrusted ? "read-only" : undefined;
    default:
      return task.sandbox_mode satisfies never;
  }
}
