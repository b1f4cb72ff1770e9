// The configuration file, `$CLINVK_HOME/config.yaml`: every key is optional.
import * as z from "zod/mini";
import { FailureKind } from "./failure.js";
import { ApprovalMode, BackendName, ModelName, OnQuota, SandboxMode, WorkerCount } from "./task.js";

const countOrUnlimited = z.int().check(z.minimum(0));
const maxTurns = countOrUnlimited.check(z.describe("Maximum agentic turns of tasks that name none; 0 = unlimited."));

/** `unified_flags`: defaults for tasks of every backend. */
export const UnifiedFlags = z.strictObject({
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  verbose: z.optional(z.boolean().check(z.describe("Show the agent's steps on stderr."))),
  dry_run: z.optional(z.boolean().check(z.describe("Show commands without executing them."))),
  max_turns: z.optional(maxTurns),
  max_tokens: z.optional(
    countOrUnlimited.check(z.describe("Maximum response tokens of tasks that name none; 0 = unlimited.")),
  ),
  command_timeout_secs: z.optional(
    z.number().check(z.minimum(0), z.describe("`timeout_seconds` of tasks that name none; 0 = no limit.")),
  ),
});

/** US dollars per million tokens. */
export const Price = z.strictObject({
  input: z.number().check(z.minimum(0), z.describe("Per million tokens of input.")),
  output: z.number().check(z.minimum(0), z.describe("Per million tokens of output.")),
  cached: z.optional(
    z.number().check(z.minimum(0), z.describe("Per million tokens of cached input; the price of input if not given.")),
  ),
});
export type Price = z.infer<typeof Price>;

/** `backends.NAME`: defaults for tasks of one backend. */
export const BackendConfig = z.strictObject({
  enabled: z.optional(z.boolean().check(z.describe("`false`: tasks for this backend are refused before the run."))),
  model: z.optional(ModelName),
  allowed_tools: z.optional(z.array(z.string()).check(z.describe("Tools that need no approval (Claude only)."))),
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  system_prompt: z.optional(z.string().check(z.describe("Replaces the CLI's own system prompt."))),
  max_turns: z.optional(maxTurns),
  extra_flags: z.optional(z.array(z.string()).check(z.describe("Flags for every call of this CLI."))),
  max_parallel: z.optional(WorkerCount),
  prices: z.optional(
    z
      .record(z.string(), Price)
      .check(
        z.describe(
          "What models cost, by model name, for a CLI that does not report it (US dollars per million tokens).",
        ),
      ),
  ),
  env: z.optional(z.record(z.string(), z.string()).check(z.describe("Environment variables for this CLI."))),
  models: z.optional(
    z
      .strictObject({ fast: z.optional(ModelName), balanced: z.optional(ModelName), best: z.optional(ModelName) })
      .check(z.describe("What the model aliases stand for.")),
  ),
});
export type BackendConfig = z.infer<typeof BackendConfig>;

export const Config = z.strictObject({
  default_backend: z.optional(
    BackendName.check(z.describe("Backend of commands that name none; tasks of a file always name theirs.")),
  ),
  unified_flags: z.optional(UnifiedFlags.check(z.describe("Defaults for tasks of every backend."))),
  backends: z.optional(
    z
      .strictObject({
        claude: z.optional(BackendConfig.check(z.describe("Defaults for tasks of Claude Code."))),
        codex: z.optional(BackendConfig.check(z.describe("Defaults for tasks of Codex CLI."))),
        gemini: z.optional(BackendConfig.check(z.describe("Defaults for tasks of Gemini CLI."))),
      })
      .check(z.describe("Defaults for tasks of one backend; they win over `unified_flags`.")),
  ),
  parallel: z.optional(
    z
      .strictObject({
        max_workers: z.optional(WorkerCount.check(z.meta({ default: 3 }))),
        fail_fast: z.optional(
          z.boolean().check(z.meta({ description: "Stop all tasks on the first failure.", default: false })),
        ),
        aggregate_output: z.optional(
          z.boolean().check(z.meta({ description: "Show the summary table.", default: true })),
        ),
      })
      .check(z.describe("Defaults for `clinvk parallel`.")),
  ),
  retry: z.optional(
    z
      .strictObject({
        retries: z.optional(countOrUnlimited.check(z.describe("`retries` of tasks that name none."))),
        retry_on: z.optional(z.array(FailureKind).check(z.describe("`retry_on` of tasks that name none."))),
        on_quota: z.optional(OnQuota),
      })
      .check(z.describe("What happens after a failure.")),
  ),
  runs: z.optional(
    z
      .strictObject({
        journal: z.optional(z.boolean().check(z.describe("`false`: runs are not recorded and can't be resumed."))),
        retention_days: z.optional(
          countOrUnlimited.check(z.describe("How long finished runs are kept; 30 if not given.")),
        ),
      })
      .check(z.describe("What is kept of runs.")),
  ),
  redact: z.optional(
    z
      .strictObject({
        patterns: z.optional(
          z.array(z.string()).check(z.describe("Further texts to mask; `*` stands for a run of non-space characters.")),
        ),
      })
      .check(z.describe("What is masked in events, reports and logs.")),
  ),
});
export type Config = z.infer<typeof Config>;
