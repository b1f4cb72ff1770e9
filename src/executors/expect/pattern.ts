// The patterns of `expect.matches` and `expect.not_matches`: JavaScript regular expressions in which ^ and $ mean lines.
import type { Result } from "../../util/result.js";
import type { StoredAnswer } from "../answer.js";
import { ask, type NoAnswer } from "./ask.js";

/** A pattern gets this long on one answer. */
export const PATTERN_LIMIT_MS = 2000;

/**
 * What is wrong with a pattern, as the rest of a sentence that begins with its place; `undefined` = nothing. The pattern
 * is compiled and not run, so this can't take long.
 */
export function regexProblem(pattern: string): string | undefined {
  const { source, flags } = parse(pattern);
  try {
    new RegExp(source, flags);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is not a regular expression: ${reason.slice(reason.lastIndexOf(": ") + 1).trim()}`;
  }
}

/** Is the pattern found in the answer? Runs in the judge's thread, at most `PATTERN_LIMIT_MS`. */
export function search(
  pattern: string,
  { content, content_file }: StoredAnswer,
  signal: AbortSignal,
): Promise<Result<boolean, NoAnswer>> {
  const { source, flags } = parse(pattern);
  const file = content_file === undefined ? {} : { file: content_file.path };
  const question = { type: "search" as const, pattern: source, flags, text: content, ...file };
  return ask(question, { limit_ms: PATTERN_LIMIT_MS, signal });
}

/**
 * Flags may stand in front as in other languages: `(?i)` ignores case, `(?s)` lets the dot match newlines, `(?u)` is
 * JavaScript's Unicode mode. JavaScript itself has no such form, so nothing else can be meant.
 */
function parse(pattern: string): { source: string; flags: string } {
  const flags = /^\(\?([isu]+)\)/.exec(pattern)?.[1];
  if (flags === undefined) return { source: pattern, flags: "m" };
  return { source: pattern.slice(flags.length + 3), flags: `m${[...new Set(flags)].join("")}` };
}
