// Builds the text for a CLI's stdin from a prompt's parts: escapes foreign text, appends the piped text, and measures the
// whole. The plan uses it to find prompts that are too long, the run to get the text that it sends.
import type { Backend } from "../backends/shared/backend.js";
import { farOverLimit, overLimit } from "../backends/shared/prompt-limit.js";
import type { Task } from "../schema/task.js";
import { err, ok, type Result } from "../util/result.js";

export interface PromptParts {
  /** Returns the text itself, or `undefined` if it would have more than `most` UTF-16 units. Pass text that neither the author nor this machine's user wrote, such as an answer, through `harmless`. */
  text(harmless: (foreign: string) => string, most: number): string | undefined;
  /** Piped text that comes after it, in a block of its own. */
  context?: string | undefined;
}

/** What a prompt must know about its backend. */
export type PromptReader = Pick<Backend, "title" | "prompt_limit" | "literal">;

/** The text for stdin; the error is a sentence that says it is too long. Every part of an untrusted task's prompt is escaped. */
export function promptForStdin(
  { text, context }: PromptParts,
  { untrusted }: Pick<Task, "untrusted">,
  backend: PromptReader,
): Result<string, string> {
  const harmless = untrusted ? (foreign: string) => foreign : (foreign: string) => backend.literal(foreign);
  const own = text(harmless, Math.min(MOST_UNITS, backend.prompt_limit.max * 2));
  if (own === undefined) return err(farOverLimit(backend));
  const whole = context === undefined ? own : withContext(own, context);
  const sent = untrusted ? backend.literal(whole) : whole;
  const tooLong = overLimit(backend, sent);
  return tooLong === undefined ? ok(sent) : err(tooLong);
}

/** Beyond the limit of every backend, and far below the longest string that V8 makes (2^29 units). */
const MOST_UNITS = 2 ** 26;

function withContext(prompt: string, context: string): string {
  return `${prompt}\n\n<stdin>\n${context}${context.endsWith("\n") ? "" : "\n"}</stdin>`;
}
