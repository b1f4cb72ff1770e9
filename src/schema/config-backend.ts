// The section `backends.NAME` of the configuration file.

import * as z from "zod/mini";
import { countOrUnlimited } from "./config-fields.js";
import { Command, OutputFormat, ReadPaths } from "./custom-backend.js";
import { systemText } from "./quantities.js";
import { WorkerCount } from "./task-file.js";
import { ApprovalMode, ModelName, SandboxMode } from "./task-input.js";

export const maxTurns = countOrUnlimited.check(
  z.describe("Maximum agentic turns of tasks that name none; 0 = unlimited."),
);

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
  allowed_tools: z.optional(z.array(systemText()).check(z.describe("Tools that need no approval (Claude only)."))),
  approval_mode: z.optional(ApprovalMode),
  sandbox_mode: z.optional(SandboxMode),
  system_prompt: z.optional(z.string().check(z.describe("Replaces the CLI's own system prompt."))),
  max_turns: z.optional(maxTurns),
  extra_flags: z.optional(z.array(systemText()).check(z.describe("Flags for every call of this CLI."))),
  max_parallel: z.optional(WorkerCount),
  prices: z.optional(
    z
      .record(z.string(), Price)
      .check(
        z.describe("Prices by model name, for a CLI that does not report the cost (US dollars per million tokens)."),
      ),
  ),
  env: z.optional(z.record(z.string(), systemText()).check(z.describe("Environment variables for this CLI."))),
  pass_env: z.optional(
    z
      .array(
        z.string().check(
          z.regex(/^(?:[A-Za-z_][A-Za-z0-9_]*\*?|\*)$/, {
            error: "expected the name of a variable, which may end with a `*`",
          }),
        ),
      )
      .check(
        z.describe(
          "Variables of clinvk's own environment that tasks of this backend get besides those that every program and this CLI need; a `*` at the end of a name stands for anything. Without it your own tasks get the whole environment, and tasks over HTTP only what the CLI needs.",
        ),
      ),
  ),
  models: z.optional(
    z
      .strictObject({ fast: z.optional(ModelName), balanced: z.optional(ModelName), best: z.optional(ModelName) })
      .check(z.describe("The models behind the aliases.")),
  ),
  command: z.optional(Command),
  output: z.optional(OutputFormat),
  read: z.optional(ReadPaths.check(z.describe("Where in JSON output the answer and other things are."))),
  offline_env: z.optional(
    z
      .record(z.string(), systemText())
      .check(
        z.describe(
          "Environment variables that point the program to the offline model; `{url}` and `{api_key}` stand for its address and key. Without them the backend is refused with `--offline`.",
        ),
      ),
  ),
});
export type BackendConfig = z.infer<typeof BackendConfig>;
