// `vote` of a task file: how a vote is found in an answer, and which tasks vote.
import * as z from "zod/mini";

export const VoteRule = z.strictObject({
  extract: z
    .string()
    .check(
      z.minLength(1),
      z.describe(
        "Regular expression that finds the vote in an answer: the first group that matched, or the whole match if it has no groups. Only the first match counts.",
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
