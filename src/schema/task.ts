// The task file: what a user writes. Field names and defaults are those of the user guide.
import * as z from "zod/mini";

/** The AI CLIs that clinvk knows. */
export const BACKEND_NAMES = ["claude", "codex", "gemini"] as const;
export const BackendName = z.enum(BACKEND_NAMES).check(z.describe("Backend to use."));
export type BackendName = z.infer<typeof BackendName>;

export const APPROVAL_MODES = ["default", "auto", "none", "always"] as const;
export const ApprovalMode = z
  .enum(APPROVAL_MODES)
  .check(
    z.describe(
      "What happens to actions that would need a question: `default` leaves it to the CLI, `auto` lets edits in the workspace through, `none` allows everything, `always` refuses whatever would need one.",
    ),
  );
export type ApprovalMode = z.infer<typeof ApprovalMode>;

export const SANDBOX_MODES = ["default", "read-only", "workspace", "full"] as const;
export const SandboxMode = z
  .enum(SANDBOX_MODES)
  .check(z.describe("Where the agent may reach. `read-only` wins over every approval mode."));
export type SandboxMode = z.infer<typeof SandboxMode>;

const countOrUnlimited = (text: string) => z.int().check(z.minimum(0), z.describe(text));

/** The model name; it may not begin with `-`, so that it can never become a flag. */
export const ModelName = z
  .string()
  .check(
    z.minLength(1),
    z.regex(/^[^-]/, { error: "may not begin with `-`" }),
    z.describe("Model to use: a full name of the backend's, or one of the aliases `fast`, `balanced`, `best`."),
  );

/** Fields that a task may have, and that `defaults` of the file may set for all tasks. */
const sharedFields = {
  workdir: z.optional(
    z.string().check(z.minLength(1), z.describe("Working directory, relative to where clinvk was started.")),
  ),
  model: z.optional(ModelName),
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  max_turns: z.optional(countOrUnlimited("Maximum agentic turns; 0 = unlimited.")),
  max_tokens: z.optional(countOrUnlimited("Maximum response tokens; 0 = unlimited.")),
  system_prompt: z.optional(z.string().check(z.describe("Replaces the CLI's own system prompt."))),
  append_system_prompt: z.optional(z.string().check(z.describe("Is added to the CLI's own system prompt."))),
  verbose: z.optional(
    z.boolean().check(z.describe("Show the agent's steps on stderr and keep them beside the answer as a log.")),
  ),
  dry_run: z.optional(z.boolean().check(z.describe("Show the command without executing it."))),
  extra: z.optional(z.array(z.string()).check(z.describe("Flags that are passed to the backend's CLI as they are."))),
  tags: z.optional(z.array(z.string()).check(z.describe("Tags for tracking and for `--tags`."))),
  meta: z.optional(
    z.record(z.string(), z.unknown()).check(z.describe("Free-form metadata; comes back in the results.")),
  ),
  output_format: z.optional(z.string().check(z.describe("Accepted and ignored; use the flag `--json`."))),
};

/** Fields that a file's `defaults` may set. */
export const TaskDefaults = z.strictObject({ backend: z.optional(BackendName), ...sharedFields });
export type TaskDefaults = z.infer<typeof TaskDefaults>;

/** One task as written; `backend` may come from `defaults`, `prompt` from `prompt_file` (the plan checks both). */
export const TaskInput = z.strictObject({
  backend: z.optional(BackendName),
  prompt: z.optional(z.string().check(z.describe("The prompt to send to the backend."))),
  prompt_file: z.optional(
    z.string().check(z.minLength(1), z.describe("A file that holds the prompt, relative to the task file.")),
  ),
  id: z.optional(z.string().check(z.minLength(1), z.describe("Task identifier; `task-1`, `task-2`, … if not given."))),
  name: z.optional(z.string().check(z.minLength(1), z.describe("Human-readable name for the task."))),
  ...sharedFields,
});
export type TaskInput = z.infer<typeof TaskInput>;

/** At least one worker. */
export const WorkerCount = z.int().check(z.minimum(1), z.describe("Maximum number of tasks that run at once."));

/** The object form of the task file. A bare array of tasks is read as `{ tasks: [...] }`. */
export const TaskFile = z.strictObject({
  tasks: z.array(TaskInput).check(z.minLength(1, { error: "there are no tasks" })),
  defaults: z.optional(TaskDefaults),
  max_parallel: z.optional(WorkerCount),
  fail_fast: z.optional(z.boolean().check(z.describe("Stop all tasks on the first failure."))),
  aggregate_output: z.optional(z.boolean().check(z.describe("Show the summary table."))),
  output_dir: z.optional(
    z.string().check(z.minLength(1), z.describe("Directory for the individual answers and `summary.json`.")),
  ),
  dry_run: z.optional(z.boolean().check(z.describe("Show all commands, execute none."))),
});
export type TaskFile = z.infer<typeof TaskFile>;

/** A task after resolution: every default applied, nothing left to look up. This is what backends and executors see. */
export interface Task {
  /** Position in the task file, from 0. */
  index: number;
  id: string;
  name: string;
  backend: BackendName;
  /** The whole text for the CLI's stdin, piped context included. */
  prompt: string;
  /** Absolute path. */
  workdir: string;
  model?: string;
  approval_mode: ApprovalMode;
  sandbox_mode: SandboxMode;
  /** 0 = unlimited. */
  max_turns: number;
  /** 0 = unlimited. */
  max_tokens: number;
  system_prompt?: string;
  append_system_prompt?: string;
  /** claude `--allowedTools`, from config only. */
  allowed_tools: string[];
  verbose: boolean;
  dry_run: boolean;
  /** Flags of the config's `extra_flags` and of the task's `extra`, in that order. */
  extra: string[];
  /** Environment of the config's `backends.NAME.env`; values never appear in events. */
  env: Record<string, string>;
  tags: string[];
  meta: Record<string, unknown>;
}
