// The task file that a user writes.
import * as z from "zod/mini";
import { perBackend } from "./backend-name.js";
import { countFromOne, dollars, seconds } from "./quantities.js";
import { OnQuota, TaskDefaults, TaskInput } from "./task-input.js";
import { VoteRule } from "./vote.js";

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
  deadline_seconds: z.optional(seconds("Stop the whole run after this time; 0 = no limit.")),
  limits: z.optional(
    perBackend(WorkerCount).check(z.describe("Maximum number of tasks that run at once, per backend.")),
  ),
  on_quota: z.optional(OnQuota),
  max_cost_usd: z.optional(dollars("Budget of the run in US dollars: when it is used up, no new task starts.")),
  max_total_tokens: z.optional(
    countFromOne("Budget of the run in tokens, input and output: when it is used up, no new task starts."),
  ),
  vote: z.optional(VoteRule.check(z.describe("Counts the votes in the answers."))),
  judge: z.optional(
    TaskInput.check(
      z.describe(
        "One more task that starts when all others have ended: `{{results}}` in its prompt is replaced by their answers, without names and in random order, and its own answer is the verdict. `defaults` do not apply to it.",
      ),
    ),
  ),
});
export type TaskFile = z.infer<typeof TaskFile>;
