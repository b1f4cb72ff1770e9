// The configuration file, `$CLINVK_HOME/config.yaml`: every key is optional.
import * as z from "zod/mini";
import { ApprovalMode, BackendName, ModelName, SandboxMode, WorkerCount } from "./task.js";

const countOrUnlimited = z.int().check(z.minimum(0));

/** `unified_flags`: defaults for tasks of every backend. */
export const UnifiedFlags = z.strictObject({
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  verbose: z.optional(z.boolean()),
  dry_run: z.optional(z.boolean()),
  max_turns: z.optional(countOrUnlimited),
  max_tokens: z.optional(countOrUnlimited),
});

/** `backends.NAME`: defaults for tasks of one backend. */
export const BackendConfig = z.strictObject({
  enabled: z.optional(z.boolean().check(z.describe("`false`: tasks for this backend are refused before the run."))),
  model: z.optional(ModelName),
  allowed_tools: z.optional(z.array(z.string()).check(z.describe("Tools that need no approval (Claude only)."))),
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  system_prompt: z.optional(z.string()),
  max_turns: z.optional(countOrUnlimited),
  extra_flags: z.optional(z.array(z.string()).check(z.describe("Flags for every call of this CLI."))),
  env: z.optional(z.record(z.string(), z.string()).check(z.describe("Environment variables for this CLI."))),
  models: z.optional(
    z
      .strictObject({ fast: z.optional(ModelName), balanced: z.optional(ModelName), best: z.optional(ModelName) })
      .check(z.describe("What the model aliases stand for.")),
  ),
});
export type BackendConfig = z.infer<typeof BackendConfig>;

export const Config = z.strictObject({
  default_backend: z.optional(BackendName),
  unified_flags: z.optional(UnifiedFlags),
  backends: z.optional(
    z.strictObject({
      claude: z.optional(BackendConfig),
      codex: z.optional(BackendConfig),
      gemini: z.optional(BackendConfig),
    }),
  ),
  parallel: z.optional(
    z.strictObject({
      max_workers: z.optional(WorkerCount),
      fail_fast: z.optional(z.boolean().check(z.describe("Stop all tasks on the first failure."))),
      aggregate_output: z.optional(z.boolean().check(z.describe("Show the summary table."))),
    }),
  ),
});
export type Config = z.infer<typeof Config>;
