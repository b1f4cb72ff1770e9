// Shortens texts of the CLIs to one line without colours.
import { stripVTControlCharacters } from "node:util";
import { cut } from "../../util/cut.js";
import { isObject } from "../../util/json.js";

/** Maximum length of a tool call's detail. */
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

/** Keys of a tool's input that name the subject of a call, most important first. */
const SUBJECTS = ["command", "cmd", "file_path", "path", "dir_path", "pattern", "query", "url", "prompt"];
const PATHS = new Set(["file_path", "path", "dir_path"]);

/** The subject of a tool call in one line: its command, path (relative to `workdir`) or query, else its whole input. */
export function toolDetail(input: unknown, workdir: string): string {
  if (typeof input === "string") return oneLine(input);
  if (!isObject(input)) return "";
  for (const key of SUBJECTS) {
    const value = input[key];
    if (typeof value !== "string" || value === "") continue;
    return oneLine(PATHS.has(key) ? relativePath(value, workdir) : value);
  }
  return Object.keys(input).length === 0 ? "" : oneLine(JSON.stringify(input));
}

/** A path below `workdir` relative to it; any other path unchanged. */
export function relativePath(path: string, workdir: string): string {
  const below = workdir.endsWith("/") ? workdir : `${workdir}/`;
  return path.length > below.length && path.startsWith(below) ? path.slice(below.length) : path;
}
