// Texts of the CLIs on one line, without colours.
import { stripVTControlCharacters } from "node:util";
import { cut } from "../../util/cut.js";
import { isObject } from "./json.js";

/** How long a detail of a tool call may be. */
const DETAIL_LENGTH = 300;
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
