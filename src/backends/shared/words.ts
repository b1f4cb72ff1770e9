// Texts of the CLIs made fit for one line: no colours, no stack traces, no wrappers, no paths of report files.
import { stripVTControlCharacters } from "node:util";
import { cut } from "../../util/cut.js";
import { isObject, parseObject, textAt } from "./json.js";

/** How long a detail of a tool call may be. */
const DETAIL_LENGTH = 300;
/** How long the CLI's own words in a failure may be. */
const WORDS_LENGTH = 400;

/** One line: whitespace runs become one space. */
export function oneLine(text: string, length = DETAIL_LENGTH): string {
  // Cut first with room to spare: a tool result can be many megabytes.
  return cut(
    stripVTControlCharacters(text.slice(0, length * 4))
      .replace(/\s+/g, " ")
      .trim(),
    length,
  );
}

/** What a tool call is about, in one line: its command, path or query, else its whole input. */
export function toolDetail(input: unknown): string {
  if (typeof input === "string") return oneLine(input);
  if (!isObject(input)) return "";
  for (const key of ["command", "cmd", "file_path", "path", "dir_path", "pattern", "query", "url", "prompt"]) {
    const value = input[key];
    if (typeof value === "string" && value !== "") return oneLine(value);
  }
  return Object.keys(input).length === 0 ? "" : oneLine(JSON.stringify(input));
}

/** The sentence inside an error text of a CLI: JSON bodies opened, wrappers and tails for machines taken off. */
export function plainWords(text: string): string {
  let words = oneLine(text, WORDS_LENGTH * 4);
  words = words.replace(
    /(?:Error when talking to Gemini API|Error [^.]{0,60}\.)? ?Full report available at: \S+ ?/,
    "",
  );
  words = words.replace(/^\s*(?:_?[A-Z]\w*Error|[Ee]rror): (?=\S)/, "");
  words = words.replace(/\[API Error: (.*?)\](?=$| [A-Z💡])/u, "$1");
  words = words.replace(/^API Error: (?:[45]\d\d )?/, "");
  words = words.replace(/^An unexpected critical error occurred: ?(?:Error: )?/, "");
  words = words.replace(/ ?Please wait and try again later\. To increase your limits.* \/auth method/, "");
  // Gemini names the settings of its throw-away home.
  words = words.replace(/\S+\/\.gemini\/settings\.json/, "~/.gemini/settings.json");
  words = words.replace(/^exception (?:\w*Error: )?(?=\S)/, "");
  words = words.replace(/^unexpected status \d{3} [^:]*: /, "");
  words = words.replace(/,? ?(?:url|cf-ray|request id): [^\s,]+/g, "");
  return cut(openJson(words).trim(), WORDS_LENGTH);
}

/** `{"error":{"message":"…"}}`, also with text in front of it or packed into itself as a string, becomes its message. */
function openJson(words: string, depth = 0): string {
  const start = words.indexOf("{");
  if (start === -1 || depth === 3) return words;
  const body = parseObject(words.slice(start));
  if (body === undefined) return words;
  const inner = isObject(body.error) ? body.error : body;
  const message = textAt(inner, "message") ?? textAt(inner, "detail") ?? textAt(body, "error");
  return message === undefined ? words : words.slice(0, start) + openJson(oneLine(message, WORDS_LENGTH), depth + 1);
}
