// The sandbox of a codex task: chosen from its approval mode and its sandbox mode, for codex has no other permissions.
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

/** Words in the output of a failed command by which codex itself recognises that its sandbox stopped it (its source, codex-rs). */
const STOPPED =
  /operation not permitted|permission denied|read-only file system|seccomp|sandbox|landlock|failed to write file/i;
/** Codes of a shell: wrong use, not executable, not found. */
const OTHER_CODES: readonly (number | undefined)[] = [undefined, 0, 2, 126, 127];

/**
 * Whether the sandbox stopped a command. If that happens in the command's first moments, codex says so and prints no record of it;
 * later it prints the record of an ordinary failed command (measured with 0.169.0). How busy the machine is must not decide
 * what counts as refused, so this follows codex's own rule.
 */
export function stoppedBySandbox(policy: string | undefined, code: number | undefined, output: string): boolean {
  const confined = policy === "read-only" || policy === "workspace-write";
  return confined && !OTHER_CODES.includes(code) && STOPPED.test(output);
}
