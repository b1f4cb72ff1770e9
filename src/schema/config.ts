// The configuration file, `$CLINVK_HOME/config.yaml`: every key is optional.
import * as z from "zod/mini";
import { Command, OutputFormat, ReadPaths } from "./custom-backend.js";
import { FailureKind } from "./failure.js";
import {
  ApprovalMode,
  BACKEND_NAMES,
  BackendName,
  ModelName,
  OnQuota,
  perBackend,
  SandboxMode,
  WorkerCount,
} from "./task.js";

const countOrUnlimited = z.int().check(z.minimum(0));
const maxTurns = countOrUnlimited.check(z.describe("Maximum agentic turns of tasks that name none; 0 = unlimited."));

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
});

/** How `clinvk prompt` and `clinvk resume` print an answer. */
export const PROMPT_FORMATS = ["text", "json", "stream-json"] as const;
const PromptFormat = z
  .enum(PROMPT_FORMATS)
  .check(z.describe("What `clinvk prompt` and `clinvk resume` print: the text, one JSON document, or the events."));
export type PromptFormat = z.infer<typeof PromptFormat>;

/** US dollars per million tokens. */
export const Price = z.strictObject({
  input: z.number().check(z.minimum(0), z.describe("Per million tokens of input.")),
  output: z.number().check(z.minimum(0), z.describe("Per million tokens of output.")),
  cached: z.optional(
    z.number().check(z.minimum(0), z.describe("Per million tokens of cached input; the price of input if not given.")),
  ),
});
export type Price = z.infer<typeof Price>;

/** `backends.NAME`: defaults for tasks of one backend; with `command` it is a custom one. */
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
  command: z.optional(Command),
  output: z.optional(OutputFormat),
  read: z.optional(ReadPaths.check(z.describe("Where in JSON output the answer and other things are."))),
  offline_env: z.optional(
    z
      .record(z.string(), z.string())
      .check(
        z.describe(
          "Environment variables that point the program to the offline model; `{url}` and `{api_key}` stand for its address and key. Without them it is refused with `--offline`.",
        ),
      ),
  ),
});
export type BackendConfig = z.infer<typeof BackendConfig>;

const atLeastOne = (description: string, usual: number) =>
  z.int().check(z.minimum(1), z.meta({ description, default: usual }));
const secondsOr = (description: string, usual: number) =>
  z.number().check(z.minimum(0), z.meta({ description, default: usual }));
const texts = (text: string) => z.array(z.string().check(z.minLength(1))).check(z.describe(text));

/** `server`: how `clinvk serve` listens, whom it serves, and how much. */
export const ServerConfig = z.strictObject({
  host: z.optional(
    z.string().check(z.minLength(1), z.meta({ description: "Address to listen on.", default: "127.0.0.1" })),
  ),
  port: z.optional(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(65535),
        z.meta({ description: "Port to listen on; 0 = any free one.", default: 8080 }),
      ),
  ),
  api_keys_file: z.optional(
    z.string().check(z.minLength(1), z.describe("A file with API keys, one per line; `#` begins a comment.")),
  ),
  allowed_hosts: z.optional(
    texts(
      "Names under which the server is reached, besides those of the loopback interface and its own address.",
    ).check(z.meta({ default: [] })),
  ),
  cors_origins: z.optional(
    texts("Origins such as `https://tools.example` whose pages may use the API.").check(z.meta({ default: [] })),
  ),
  max_body_bytes: z.optional(atLeastOne("Largest body of a request.", 10 * 1024 * 1024)),
  rate_limit_per_minute: z.optional(atLeastOne("Requests per minute of one key.", 1200)),
  max_parallel: z.optional(atLeastOne("How many tasks run at once, all runs together.", 8)),
  max_runs: z.optional(atLeastOne("How many runs are under way at once.", 64)),
  max_queue: z.optional(countOrUnlimited.check(z.meta({ description: "How many more runs may wait.", default: 1000 }))),
  request_timeout_secs: z.optional(
    secondsOr("How long a waiting call waits before it is answered with 202; 0 = no limit.", 3600),
  ),
  shutdown_grace_secs: z.optional(secondsOr("How long runs may go on after SIGTERM before they are stopped.", 30)),
  allowed_workdir_prefixes: z.optional(
    texts("Directories in which, or below which, tasks may work; where the server was started if not given."),
  ),
  allow_unsafe: z.optional(
    z.boolean().check(
      z.meta({
        description:
          "Allow `approval_mode: none`, `sandbox_mode: full`, `expect.command` and custom backends over HTTP.",
        default: false,
      }),
    ),
  ),
});
export type ServerConfig = z.infer<typeof ServerConfig>;

export const Config = z.strictObject({
  default_backend: z.optional(
    BackendName.check(
      z.meta({
        description: "Backend of commands that name none; tasks of a file always name theirs.",
        default: "claude",
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
        retries: z.optional(
          countOrUnlimited.check(z.meta({ description: "`retries` of tasks that name none.", default: 2 })),
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
                "`clinvk prompt` goes on with the latest session of the directory and backend, if there is one.",
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
          z.boolean().check(z.meta({ description: "A session remembers the tokens that it has used.", default: true })),
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
              description: "After an answer the tokens that it has used are shown on stderr.",
              default: false,
            }),
          ),
        ),
        show_timing: z.optional(
          z
            .boolean()
            .check(
              z.meta({ description: "After an answer the time that it has taken is shown on stderr.", default: false }),
            ),
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
