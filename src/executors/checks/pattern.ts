// Runs the patterns of `expect.matches`, `expect.not_matches` and `vote.extract`: JavaScript regular expressions in which
// ^ and $ match at lines.

import type { TaskRecord } from "../../schema/result.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import type { StoredAnswer } from "../answer-buffer.js";
import { ask, type NoAnswer } from "./regex-worker-client.js";

/** An answer, during its run or in its record. */
type KeptAnswer = StoredAnswer | Pick<TaskRecord, "content" | "content_file">;

/** A pattern gets this long on one answer. */
export const PATTERN_LIMIT_MS = 2000;

/**
 * The problem of a pattern, as the rest of a sentence that begins with its place; `undefined` = there is none. Only
 * compiles the pattern, so this can't take long.
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

/** Whether the pattern matches in the answer. Runs in a checking thread, at most `PATTERN_LIMIT_MS`. `asker`: see `AskOptions`. */
export function search(
  pattern: string,
  answer: StoredAnswer,
  signal: AbortSignal,
  asker?: string,
): Promise<Result<boolean, NoAnswer>> {
  const options = { limit_ms: PATTERN_LIMIT_MS, signal, ...omitUndefined({ asker }) };
  return ask({ type: "search", ...question(pattern, answer) }, options);
}

/**
 * The text that the pattern finds in the answer, in the same way: its first group that took part, or the whole match if it
 * has no groups. The error is a sentence for a person.
 */
export async function find(
  pattern: string,
  answer: KeptAnswer,
  asker?: string,
): Promise<Result<string | undefined, string>> {
  const options = { limit_ms: PATTERN_LIMIT_MS, ...omitUndefined({ asker }) };
  const found = await ask({ type: "find", ...question(pattern, answer) }, options);
  return found.ok ? ok(found.value ?? undefined) : err(noAnswer(pattern, found.error));
}

/** The message for a pattern that could not be applied. */
export function noAnswer(pattern: string, why: NoAnswer): string {
  switch (why.reason) {
    case "slow":
      return `the pattern ${quoted(pattern)} took longer than ${PATTERN_LIMIT_MS / 1000} s on this answer; nested repetitions such as (a+)+ do that`;
    case "broken":
      return `the pattern ${quoted(pattern)} could not be applied: ${why.message}`;
    case "aborted":
      return "stopped";
  }
}

/** A pattern as messages show it. */
export function quoted(pattern: string): string {
  return pattern.length <= 100 ? `/${pattern}/` : `/${pattern.slice(0, 99)}…/`;
}

function question(pattern: string, { content, content_file }: KeptAnswer) {
  const { source, flags } = parse(pattern);
  const file = content_file === undefined ? {} : { file: content_file.path };
  return { pattern: source, flags, text: content, ...file };
}

/**
 * Splits off flags at the beginning, as other languages have them: `(?i)` ignores case, `(?s)` lets the dot match newlines,
 * `(?u)` is JavaScript's Unicode mode. JavaScript itself has no such form, so the meaning is clear.
 */
function parse(pattern: string): { source: string; flags: string } {
  const flags = /^\(\?([isu]+)\)/.exec(pattern)?.[1];
  if (flags === undefined) return { source: pattern, flags: "m" };
  return { source: pattern.slice(flags.length + 3), flags: `m${[...new Set(flags)].join("")}` };
}
