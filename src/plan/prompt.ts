// The one way from a prompt's parts to the text for a CLI's stdin: text of others is made harmless, the piped text joins it,
// and the whole is measured. The plan asks here what is too long before the start, the run what it sends.
import type { Backend } from "../backends/shared/backend.js";
import { overLimit } from "../backends/shared/prompt-limit.js";
import type { Task } from "../schema/task.js";
import { err, ok, type Result } from "../util/result.js";

export interface PromptParts {
  /** The text itself; `harmless` is for what neither the author nor this machine's user has written, such as an answer. */
  text(harmless: (foreign: string) => string): string;
  /** Piped text that comes after it, in a block of its own. */
  context?: string | undefined;
}

/** What a prompt must know of its backend. */
export type PromptReader = Pick<Backend, "title" | "prompt_limit" | "literal">;

/** The text for stdin; the error says in a sentence that it is too long. Of an untrusted task every part is made harmless. */
export function promptForStdin(
  { text, context }: PromptParts,
  { untrusted }: Pick<Task, "untrusted">,
  backend: PromptReader,
): Result<string, string> {
  const own = text(untrusted ? (foreign) => foreign : (foreign) => backend.literal(foreign));
  const whole = context === undefined ? own : withContext(own, context);
  const sent = untrusted ? backend.literal(whole) : whole;
  const tooLong = overLimit(backend, sent);
  return tooLong === undefined ? ok(sent) : err(tooLong);
}

function withContext(prompt: string, context: string): string {
  return `${prompt}\n\n<stdin>\n${context}${context.endsWith("\n") ? "" : "\n"}</stdin>`;
}
