// The task file: what a user writes. Field names and defaults are those of the user guide.
import * as z from "zod/mini";
import { BACKEND_NAMES } from "./built-in.js";
import { Expect, OutputSchema } from "./expect.js";
import { FailureKind } from "./failure.js";
import type { Usage } from "./usage.js";
import { VoteRule } from "./vote.js";

export { BACKEND_NAMES };
export const BuiltInBackend = z.enum(BACKEND_NAMES);
export type BuiltInBackend = z.infer<typeof BuiltInBackend>;

/** What a custom backend may be called; `constructor` is a property of every object. */
export const CUSTOM_NAME = new RegExp(`^(?!(?:${BACKEND_NAMES.join("|")}|constructor)$)[a-z][a-z0-9_-]{0,39}$`);

/** A built-in backend or one of the configuration's; which there are is known when a plan is made. */
export const BackendName = z.string().check(
  z.meta({
    description: "Backend to use: a built-in one, or one that the configuration adds with `backends.NAME.command`.",
    anyOf: [{ enum: [...BACKEND_NAMES] }, { pattern: CUSTOM_NAME.source }],
  }),
);
export type BackendName = z.infer<typeof BackendName>;

/** A value for each of some backends; editors are told the names of the built-in ones. */
export function perBackend<T extends z.ZodMiniType>(value: T) {
  const built_in = Object.fromEntries(BACKEND_NAMES.map((name) => [name, z.optional(value)]));
  return z.catchall(z.object(built_in as Record<BuiltInBackend, z.ZodMiniOptional<T>>), value);
}

export const APPROVAL_MODES = ["default", "auto", "none", "always"] as const;
export const ApprovalMode = z.enum(APPROVAL_MODES).check(
  z.meta({
    description:
      "What happens to actions that would need a question: `default` leaves it to the CLI, `auto` lets edits in the workspace through, `none` allows everything, `always` refuses whatever would need one.",
    default: "default",
  }),
);
export type ApprovalMode = z.infer<typeof ApprovalMode>;

export const SANDBOX_MODES = ["default", "read-only", "workspace", "full"] as const;
export const SandboxMode = z.enum(SANDBOX_MODES).check(
  z.meta({
    description: "Where the agent may reach. `read-only` wins over every approval mode.",
    default: "default",
  }),
);
export type SandboxMode = z.infer<typeof SandboxMode>;

/** What happens when a backend's quota is used up. */
export const ON_QUOTA = ["wait", "park", "fallback", "fail"] as const;
export const OnQuota = z
  .enum(ON_QUOTA)
  .check(
    z.describe(
      "When a quota is used up: `wait` for the reset, `park` finishes what can be finished and exits with 75, `fallback` uses the task's fallback list, `fail` fails the task.",
    ),
  );
export type OnQuota = z.infer<typeof OnQuota>;

const seconds = (text: string) => z.number().check(z.minimum(0), z.describe(text));
const dollars = (text: string) => z.number().check(z.positive(), z.describe(text));
const tokens = (text: string) => z.int().check(z.minimum(1), z.describe(text));

const countOrUnlimited = (description: string) => z.int().check(z.minimum(0), z.meta({ description, default: 0 }));

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
    z.boolean().check(
      z.meta({
        description: "Show the agent's steps on stderr and keep them beside the answer as a log.",
        default: false,
      }),
    ),
  ),
  dry_run: z.optional(
    z.boolean().check(z.meta({ description: "Show the command without executing it.", default: false })),
  ),
  extra: z.optional(
    z
      .array(z.string())
      .check(z.meta({ description: "Flags that are passed to the backend's CLI as they are.", default: [] })),
  ),
  timeout_seconds: z.optional(seconds("Stop an attempt after so long, status TIMEOUT; 0 = no limit.")),
  idle_timeout_seconds: z.optional(
    seconds("Stop an attempt when its CLI has printed nothing for so long (`stalled`); 0 = no limit."),
  ),
  retries: z.optional(
    z.int().check(z.minimum(0), z.describe("How often a failure named in `retry_on` is tried again; 2 if not given.")),
  ),
  retry_on: z.optional(
    z
      .array(FailureKind)
      .check(z.describe("Failures that are retried; if not given: rate_limited, overloaded, network, stalled.")),
  ),
  retry_on_side_effects: z.optional(
    z.boolean().check(z.describe("Retry also after the agent may have changed files.")),
  ),
  fallback: z.optional(z.array(BackendName).check(z.describe("Backends to turn to, in this order."))),
  fallback_on: z.optional(
    z.array(FailureKind).check(z.describe("Failures after which the next backend of `fallback` is asked.")),
  ),
  max_cost_usd: z.optional(dollars("Budget of the task in US dollars, all attempts together.")),
  max_total_tokens: z.optional(tokens("Budget of the task in tokens, input and output, all attempts together.")),
  output_limit_bytes: z.optional(tokens("Stop an attempt whose answer grows beyond this; 64 MiB if not given.")),
  output_schema: z.optional(OutputSchema),
  expect: z.optional(Expect.check(z.describe("What must hold for the task to count as done."))),
  mcp: z.optional(z.boolean().check(z.describe("Let the CLI start the MCP servers of the user's own settings."))),
  tags: z.optional(
    z.array(z.string()).check(z.meta({ description: "Tags for tracking and for `--tags`.", default: [] })),
  ),
  meta: z.optional(
    z
      .record(z.string(), z.unknown())
      .check(z.meta({ description: "Free-form metadata; comes back in the results.", default: {} })),
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
  name: z.optional(
    z
      .string()
      .check(z.minLength(1), z.describe("Name of the run in lists and reports; the file's own name if not given.")),
  ),
  tasks: z
    .array(TaskInput)
    .check(z.minLength(1, { error: "there are no tasks" }), z.describe("The tasks, in the order in which they start.")),
  defaults: z.optional(TaskDefaults.check(z.describe("Fields for all tasks that do not have them."))),
  max_parallel: z.optional(WorkerCount.check(z.meta({ default: 3 }))),
  fail_fast: z.optional(
    z.boolean().check(z.meta({ description: "Stop all tasks on the first failure.", default: false })),
  ),
  aggregate_output: z.optional(z.boolean().check(z.meta({ description: "Show the summary table.", default: true }))),
  output_dir: z.optional(
    z.string().check(z.minLength(1), z.describe("Directory for the individual answers and `summary.json`.")),
  ),
  dry_run: z.optional(z.boolean().check(z.describe("Show all commands, execute none."))),
  deadline_seconds: z.optional(seconds("Stop the whole run after so long; 0 = no limit.")),
  limits: z.optional(
    perBackend(WorkerCount).check(z.describe("Maximum number of tasks that run at once, per backend.")),
  ),
  on_quota: z.optional(OnQuota),
  max_cost_usd: z.optional(dollars("Budget of the run in US dollars: past it no new task starts.")),
  max_total_tokens: z.optional(tokens("Budget of the run in tokens, input and output: past it no new task starts.")),
  vote: z.optional(VoteRule.check(z.describe("Counts the votes in the answers."))),
  judge: z.optional(
    TaskInput.check(
      z.describe(
        "One more task that starts when all others have ended: `{{results}}` in its prompt is replaced by their answers, without names and in random order, and its own answer is the verdict. `defaults` are not for it.",
      ),
    ),
  ),
});
export type TaskFile = z.infer<typeof TaskFile>;

/** A conversation that the CLI keeps, so that a later task can go on with it. */
export interface TaskSession {
  /** clinvk's own id of it. */
  id: string;
  /** Absolute path of a directory (0700) that lives as long as the session, for a CLI whose home clinvk makes. */
  home: string;
  /** The CLI's id of the conversation to go on with, and what it has used so far; absent = a new one begins. */
  resume?: { id: string; usage: Usage | null };
}

/** A task after resolution: every default applied, nothing left to look up. This is what backends and executors see. */
export interface Task {
  /** Position in the task file, from 0. */
  index: number;
  id: string;
  name: string;
  backend: BackendName;
  /**
   * In a plan the text of the file, with its places and without the piped text; in an attempt what the backend is sent
   * (see `plan/prompt.ts`).
   */
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
  /** 0 = no limit. */
  timeout_seconds: number;
  /** 0 = no limit. */
  idle_timeout_seconds: number;
  retries: number;
  retry_on: readonly FailureKind[];
  retry_on_side_effects: boolean;
  /** The same task for the backends to turn to, resolved for each. */
  fallbacks: readonly Task[];
  fallback_on: readonly FailureKind[];
  /** Of all attempts together. */
  max_cost_usd?: number;
  /** Input and output, of all attempts together. */
  max_total_tokens?: number;
  /** Bytes of answer text. */
  output_limit_bytes: number;
  output_schema?: OutputSchema;
  expect?: Expect;
  /** No other task of the run works in the same directory, above it or below it. */
  alone_in_workdir: boolean;
  /** Whether the CLI may start the MCP servers of the user's own settings. */
  mcp: boolean;
  /** Absent = the CLI keeps nothing of it. */
  session?: TaskSession;
  /**
   * It comes from somebody who may not do what the user of this machine may: the CLI reads no settings but ours, and
   * expands nothing in its prompt.
   */
  untrusted: boolean;
}
