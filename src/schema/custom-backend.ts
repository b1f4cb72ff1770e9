// The settings of a custom backend: the command that starts a program, and where its output has the answer.
import * as z from "zod/mini";
import { systemText } from "./quantities.js";

/** The placeholders of `command`; a task may have a value for each. */
export const PLACEHOLDERS = ["model", "workdir", "max_turns", "max_tokens"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const argument = systemText();

/** The program and its arguments; an inner list is left out as a whole if one of its placeholders has no value. */
export const Command = z
  .array(
    z.union([argument, z.array(argument)], {
      error: "expected a text or a list of texts (a text in braces needs quotes)",
    }),
  )
  .check(
    z.minLength(1),
    z.describe(
      "Makes a program a backend: its name on PATH (or an absolute path, or one that begins with `~/`) and its arguments. The prompt goes to its stdin. `{model}`, `{workdir}`, `{max_turns}` and `{max_tokens}` stand for the task's values; an inner list such as `[-m, '{model}']` is left out if the task has none.",
    ),
  );
export type Command = z.infer<typeof Command>;

export const OutputFormat = z.enum(["text", "json", "jsonl"]).check(
  z.meta({
    description:
      "What the program prints: `text` is the answer itself, `json` one JSON value, `jsonl` one JSON object per line, shown as they come.",
    default: "text",
  }),
);

const path = (what: string) =>
  z.optional(
    z
      .string()
      .check(
        z.minLength(1),
        z.describe(`${what}, as a path such as \`choices.0.text\` or a JSON pointer such as \`/choices/0/text\`.`),
      ),
  );

/** Where JSON output has the answer and other values. */
export const ReadPaths = z.strictObject({
  text: path("The answer; for `jsonl` a piece of it"),
  where: z.optional(
    z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean()], { error: "expected a text, number or boolean" }),
      )
      .check(z.describe("Only for `jsonl`: `text` is read from lines in which all these paths have these values.")),
  ),
  error: path("What went wrong, if anything did"),
  model: path("The model that answered"),
  session_id: path("The program's own id of the conversation"),
  cost_usd: path("The cost in US dollars"),
  usage: z.optional(
    z
      .strictObject({
        input_tokens: path("Tokens of input, cached ones included"),
        output_tokens: path("Tokens of output"),
        cached_tokens: path("Cached tokens of input"),
        reasoning_tokens: path("Tokens of reasoning"),
      })
      .check(z.describe("Where the token counts are.")),
  ),
});
export type ReadPaths = z.infer<typeof ReadPaths>;
