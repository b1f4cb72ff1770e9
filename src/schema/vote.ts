// `vote` of a task file: what counts as a vote in an answer, and who votes.
import * as z from "zod/mini";

export const VoteRule = z.strictObject({
  extract: z
    .string()
    .check(
      z.minLength(1),
      z.describe(
        "Regular expression that finds the vote in an answer: its first group that matched, or all that it matches if it has none. The first place where it matches counts.",
      ),
    ),
  of: z
    .enum(["number", "choice"])
    .check(
      z.describe("`number`: mean, median and spread. `choice`: counts, the majority, and why the minority disagrees."),
    ),
  tasks: z.optional(z.array(z.string()).check(z.describe("Ids of the tasks that vote; all if not given."))),
  tags: z.optional(z.array(z.string()).check(z.describe("Only tasks with one of these tags vote."))),
});
export type VoteRule = z.infer<typeof VoteRule>;
