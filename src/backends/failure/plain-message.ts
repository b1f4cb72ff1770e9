// Extracts the sentence for a person from an error text of a CLI: opens JSON bodies, removes wrappers and tails for machines.
import { cut } from "../../util/cut.js";
import { isObject, parseObject, textAt } from "../../util/json.js";
import { oneLine } from "../shared/one-line.js";
import type { FailureWords } from "./classify.js";

/** Maximum length of the CLI's own words in a failure, in UTF-16 units. */
const MESSAGE_LENGTH = 400;

/** The name of an error class in front of a message, for `FailureWords.wrappers`: `TypeError: `, `Error: `. */
export const ERROR_NAME: readonly [RegExp, string] = [/^\s*(?:_?[A-Z]\w*Error|[Ee]rror): (?=\S)/, ""];

/** One line of at most 400 UTF-16 units. */
export function plainMessage(text: string, { wrappers }: Pick<FailureWords, "wrappers">): string {
  const whole = oneLine(text, MESSAGE_LENGTH * 4);
  const bare = wrappers.reduce((words, [wrapper, instead]) => words.replace(wrapper, instead), whole);
  return cut(openJson(bare).trim(), MESSAGE_LENGTH);
}

/** `{"error":{"message":"…"}}`, also with text in front of it or packed into itself as a string, becomes its message. */
function openJson(words: string, depth = 0): string {
  const start = words.indexOf("{");
  if (start === -1 || depth === 3) return words;
  const body = parseObject(words.slice(start));
  if (body === undefined) return words;
  const inner = isObject(body.error) ? body.error : body;
  const message = textAt(inner, "message") ?? textAt(inner, "detail") ?? textAt(body, "error");
  return message === undefined ? words : words.slice(0, start) + openJson(oneLine(message, MESSAGE_LENGTH), depth + 1);
}
