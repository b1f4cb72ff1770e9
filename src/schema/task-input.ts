// A task as a user writes it, and the `defaults` for all tasks. Field names and defaults are those of the user guide.
import * as z from "zod/mini";
import { BackendName } from "./backend-name.js";
import { Expect, OutputSchema } from "./expect.js";
import { FailureKind } from "./failure.js";
import { countFromOne, dollars, seconds, systemText } from "./quantities.js";

export const APPROVAL_MODES = ["default", "auto", "none", "always"] as const;
export const ApprovalMode = z.enum(APPROVAL_MODES).check(
  z.meta({
    description:
      "What happens to actions that need approval: `default` leaves it to the CLI, `auto` allows edits in the workspace, `none` allows everything, `always` refuses them.",
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
      "When a quota is used up: `wait` for the reset, `park` finishes the tasks that can run and exits with 75, `fallback` uses the task's fallback list, `fail` fails the task.",
    ),
  );
export type OnQuota = z.infer<typeof OnQuota>;

const countOrUnlimited = (description: string) => z.int().check(z.minimum(0), z.meta({ description, default: 0 }));

/** The model name; it may not begin with `-`, so that it can never become a flag. */
export const ModelName = systemText().check(
  z.minLength(1),
  z.regex(/^[^-]/, { error: "may not begin with `-`" }),
  z.describe("Model to use: a full name of the backend's, or one of the aliases `fast`, `balanced`, `best`."),
);

/** Fields of a task that the file's `defaults` may also set for all tasks. */
const sharedFields = {
  workdir: z.optional(
    systemText().check(z.minLength(1), z.describe("Working directory, relative to where clinvk was started.")),
  ),
  model: z.optional(ModelName),
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  max_turns: z.optional(countOrUnlimited("Maximum agentic turns; 0 = unlimited.")),
  max_tokens: z.optional(countOrUnlimited("Maximum response tokens; 0 = unlimited.")),
  system_prompt: z.optional(z.string().check(z.describe("Replaces the CLI's own system prompt."))),
  append_system_prompt: z.optional(z.string().check(z.describe("Added to the CLI's own system prompt."))),
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
      .array(systemText())
      .check(z.meta({ description: "Flags that are passed to the backend's CLI as they are.", default: [] })),
  ),
  timeout_seconds: z.optional(seconds("Stop an attempt after this time, status TIMEOUT; 0 = no limit.")),
  idle_timeout_seconds: z.optional(
    seconds(
      "Stop an attempt when its CLI has printed nothing for this time (`stalled`); 0 = no limit. If not given: 600, and 3,600 while a tool call is under way.",
    ),
  ),
  retries: z.optional(
    z
      .int()
      .check(
        z.minimum(0),
        z.describe(
          "How often a failure named in `retry_on` is tried again at most. If not given: 2; for rate_limited, overloaded, network and stalled only `patience_seconds` is a limit.",
        ),
      ),
  ),
  patience_seconds: z.optional(
    seconds(
      "How long a task with a failure of the kind rate_limited, overloaded, network or stalled is tried again, if `retry_on` names it; 600 if not given, 0 = not at all.",
    ),
  ),
  retry_on: z.optional(
    z
      .array(FailureKind)
      .check(z.describe("Failures that are retried; if not given: rate_limited, overloaded, network, stalled.")),
  ),
  retry_on_side_effects: z.optional(
    z.boolean().check(z.describe("Retry also after the agent may have changed files.")),
  ),
  fallback: z.optional(z.array(BackendName).check(z.describe("Backends to try after a failure, in this order."))),
  fallback_on: z.optional(
    z.array(FailureKind).check(z.describe("Failures after which the next backend of `fallback` is asked.")),
  ),
  max_cost_usd: z.optional(dollars("Budget of the task in US dollars, all attempts together.")),
  max_total_tokens: z.optional(countFromOne("Budget of the task in tokens, input and output, all attempts together.")),
  output_limit_bytes: z.optional(countFromOne("Stop an attempt whose answer grows beyond this; 64 MiB if not given.")),
  output_schema: z.optional(OutputSchema),
  expect: z.optional(Expect.check(z.describe("Conditions for the task to count as done."))),
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
