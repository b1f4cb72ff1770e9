// The configuration file, `$CLINVK_HOME/config.yaml`: every key is optional.

import * as z from "zod/mini";
import { BackendName, perBackend } from "./backend-name.js";
import { BACKEND_NAMES, DEFAULT_BACKEND } from "./built-in.js";
import { BackendConfig, maxTurns } from "./config-backend.js";
import { countOrUnlimited, secondsOr } from "./config-fields.js";
import { ServerConfig } from "./config-server.js";
import { FailureKind } from "./failure.js";
import { DEFAULT_PATIENCE_SECONDS } from "./failure-kinds/kind-info.js";
import { WorkerCount } from "./task-file.js";
import { ApprovalMode, OnQuota, SandboxMode } from "./task-input.js";

/** The time without output after which a CLI counts as stalled, if nobody sets it: thinking, and waiting for a tool. */
export const IDLE_TIMEOUT_SECS = 600;
export const TOOL_IDLE_TIMEOUT_SECS = 3600;

/** `unified_flags`: defaults for tasks of every backend. */
export const UnifiedFlags = z.strictObject({
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  verbose: z.optional(z.boolean().check(z.meta({ description: "Show the agent's steps on stderr.", default: false }))),
  dry_run: z.optional(
    z.boolean().check(z.meta({ description: "Show commands without executing them.", default: false })),
  ),
  max_turns: z.optional(maxTurns.check(z.meta({ default: 0 }))),
  max_tokens: z.optional(
    countOrUnlimited.check(
      z.meta({ description: "Maximum response tokens of tasks that name none; 0 = unlimited.", default: 0 }),
    ),
  ),
  command_timeout_secs: z.optional(
    z
      .number()
      .check(
        z.minimum(0),
        z.meta({ description: "`timeout_seconds` of tasks that name none; 0 = no limit.", default: 0 }),
      ),
  ),
  idle_timeout_secs: z.optional(
    secondsOr(
      "`idle_timeout_seconds` of tasks that name none, while no tool call is under way; 0 = no limit.",
      IDLE_TIMEOUT_SECS,
    ),
  ),
  tool_idle_timeout_secs: z.optional(
    secondsOr(
      "The same while a tool call is under way, and for custom backends, which tell of none; never less, 0 = no limit.",
      TOOL_IDLE_TIMEOUT_SECS,
    ),
  ),
});

/** How `clinvk prompt` and `clinvk resume` print an answer. */
export const PROMPT_FORMATS = ["text", "json", "stream-json"] as const;
const PromptFormat = z
  .enum(PROMPT_FORMATS)
  .check(z.describe("What `clinvk prompt` and `clinvk resume` print: the text, one JSON document, or the events."));
export type PromptFormat = z.infer<typeof PromptFormat>;

export const Config = z.strictObject({
  default_backend: z.optional(
    BackendName.check(
      z.meta({
        description: "Backend of commands that name none; tasks of a file always name theirs.",
        default: DEFAULT_BACKEND,
      }),
    ),
  ),
  unified_flags: z.optional(UnifiedFlags.check(z.describe("Defaults for tasks of every backend."))),
  backends: z.optional(
    perBackend(BackendConfig).check(
      z.describe(
        "Defaults for tasks of one backend; they win over `unified_flags`. With `command` it is a custom one.",
      ),
    ),
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
        retries: z.optional(z.int().check(z.minimum(0), z.describe("`retries` of tasks that name none."))),
        patience_seconds: z.optional(
          secondsOr(
            "`patience_seconds` of tasks that name none: how long rate_limited, overloaded, network and stalled are tried again; 0 = not at all.",
            DEFAULT_PATIENCE_SECONDS,
          ),
        ),
        retry_on: z.optional(
          z.array(FailureKind).check(
            z.meta({
              description: "`retry_on` of tasks that name none.",
              default: ["rate_limited", "overloaded", "network", "stalled"],
            }),
          ),
        ),
        on_quota: z.optional(OnQuota.check(z.meta({ default: "park" }))),
      })
      .check(z.describe("What happens after a failure.")),
  ),
  session: z.optional(
    z
      .strictObject({
        auto_resume: z.optional(
          z.boolean().check(
            z.meta({
              description:
                "`clinvk prompt` continues the latest session of the directory and backend, if there is one.",
              default: false,
            }),
          ),
        ),
        retention_days: z.optional(
          countOrUnlimited.check(
            z.meta({ description: "How long sessions are kept after their last turn; 0 = for ever.", default: 30 }),
          ),
        ),
        store_token_usage: z.optional(
          z.boolean().check(z.meta({ description: "Sessions record the tokens that they have used.", default: true })),
        ),
        default_tags: z.optional(
          z.array(z.string()).check(z.meta({ description: "Tags of new sessions.", default: [] })),
        ),
      })
      .check(z.describe("What `clinvk prompt` and `clinvk resume` remember.")),
  ),
  output: z.optional(
    z
      .strictObject({
        format: z.optional(PromptFormat.check(z.meta({ default: "text" }))),
        show_tokens: z.optional(
          z.boolean().check(
            z.meta({
              description: "Show the used tokens on stderr after an answer.",
              default: false,
            }),
          ),
        ),
        show_timing: z.optional(
          z.boolean().check(z.meta({ description: "Show the time taken on stderr after an answer.", default: false })),
        ),
        color: z.optional(
          z.boolean().check(
            z.meta({
              description: "`false`: no colours, as with NO_COLOR; they are for terminals only.",
              default: true,
            }),
          ),
        ),
      })
      .check(z.describe("What is shown, and how.")),
  ),
  runs: z.optional(
    z
      .strictObject({
        journal: z.optional(
          z
            .boolean()
            .check(z.meta({ description: "`false`: runs are not recorded and can't be resumed.", default: true })),
        ),
        retention_days: z.optional(
          countOrUnlimited.check(z.meta({ description: "How long finished runs are kept.", default: 30 })),
        ),
      })
      .check(z.describe("What is kept of runs.")),
  ),
  server: z.optional(ServerConfig.check(z.describe("Defaults and limits of `clinvk serve`."))),
  redact: z.optional(
    z
      .strictObject({
        patterns: z.optional(
          z.array(z.string()).check(
            z.meta({
              description: "Further texts to mask; `*` stands for a run of non-space characters.",
              default: [],
            }),
          ),
        ),
      })
      .check(z.describe("What is masked in events, reports and logs.")),
  ),
});
export type Config = z.infer<typeof Config>;

/** The names of all backends: the built-in ones, and what the configuration adds. */
export function backendNames({ backends }: Config): string[] {
  const custom = Object.entries(backends ?? {}).filter(([, own]) => own?.command !== undefined);
  return [...new Set<string>([...BACKEND_NAMES, ...custom.map(([name]) => name)])];
}
