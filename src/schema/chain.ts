// The chain file: steps that run one after another, each with the answers of the earlier ones.
import * as z from "zod/mini";
import { TaskFile } from "./task-file.js";
import { TaskDefaults, TaskInput } from "./task-input.js";

const { name, output_dir, dry_run, deadline_seconds, on_quota, max_cost_usd, max_total_tokens } = TaskFile.shape;

export const ChainFile = z.strictObject({
  name,
  steps: z
    .array(TaskInput)
    .check(
      z.minLength(1, { error: "there are no steps" }),
      z.describe(
        "The steps, in order. In a prompt, `{{previous}}` is the answer of the step before, `{{steps.NAME.content}}` that of any earlier step, `{{stdin}}` the piped text; `\\{{` is `{{`.",
      ),
    ),
  stop_on_failure: z.optional(
    z.boolean().check(z.meta({ description: "Run no step after one that failed.", default: true })),
  ),
  pass_working_dir: z.optional(
    z
      .boolean()
      .check(z.meta({ description: "A step without `workdir` works where the step before it did.", default: false })),
  ),
  defaults: z.optional(TaskDefaults.check(z.describe("Fields for all steps that do not have them."))),
  output_dir,
  dry_run,
  deadline_seconds,
  on_quota,
  max_cost_usd,
  max_total_tokens,
});
export type ChainFile = z.infer<typeof ChainFile>;
