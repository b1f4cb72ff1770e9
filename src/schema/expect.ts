// The conditions that an answer must meet for its task to count as done.
import * as z from "zod/mini";
import { systemText } from "./quantities.js";

/** Conditions on the answer and on changed files; all given ones must hold. */
export const Expect = z.strictObject({
  matches: z.optional(
    z.string().check(z.minLength(1), z.describe("A regular expression that must be found in the answer.")),
  ),
  not_matches: z.optional(
    z.string().check(z.minLength(1), z.describe("A regular expression that must not be found in the answer.")),
  ),
  command: z.optional(
    systemText().check(
      z.minLength(1),
      z.describe("A shell command, run in the task's working directory with the answer on stdin; it must exit with 0."),
    ),
  ),
  timeout_seconds: z.optional(
    z
      .number()
      .check(
        z.minimum(0),
        z.describe("Stop `command` after this time, and count it as failed; 60 if not given, 0 = no limit."),
      ),
  ),
  files_changed: z.optional(
    z.boolean().check(z.describe("`true`: the task must have changed a file; `false`: it must not have.")),
  ),
});
export type Expect = z.infer<typeof Expect>;

/** A JSON Schema for the answer; checked when the task file is read. */
export const OutputSchema = z
  .record(z.string(), z.unknown())
  .check(z.describe("A JSON Schema that the answer must satisfy; the parsed answer is `structured` in the result."));
export type OutputSchema = z.infer<typeof OutputSchema>;
