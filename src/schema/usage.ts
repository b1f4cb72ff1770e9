// Token counts as the CLIs report them.
import * as z from "zod/mini";

/** Token counts as the CLI reported them; `null` = the CLI does not report it. */
export const Usage = z.strictObject({
  input_tokens: z.nullable(z.number()),
  output_tokens: z.nullable(z.number()),
  cached_tokens: z.nullable(z.number()),
  reasoning_tokens: z.nullable(z.number()),
});
export type Usage = z.infer<typeof Usage>;
