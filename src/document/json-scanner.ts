// Checks JSON text before a parser gets it, and values after parsing: depth, number of names, invalid strings and numbers.
import { omitUndefined } from "../util/omit-undefined.js";
import type { KeyPath, Problem } from "./diagnostics.js";

/** Deeper nesting is an attack or an accident; it would overflow the stack of recursive parsers and printers. */
export const MAX_DEPTH = 100;

/** More values than 16 MiB of text can hold: only YAML aliases that multiply each other exceed this. */
const MAX_VALUES = 10_000_000;

/**
 * Scans JSON text once, with or without comments. `keys` counts the names of all objects (compared with the parsed value,
 * this shows that a name was given twice, which `JSON.parse` hides); `too_deep_at` is the offset of the first bracket beyond
 * the allowed depth.
 */
export function scanJson(text: string): { keys: number; too_deep_at?: number } {
  let keys = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case ":":
        keys++;
        break;
      case "[":
      case "{":
        if (++depth > MAX_DEPTH) return { keys, too_deep_at: at };
        break;
      case "]":
      case "}":
        depth--;
        break;
      case "/":
        if (text[at + 1] === "/") at = endOr(text.indexOf("\n", at), text);
        else if (text[at + 1] === "*") at = endOr(text.indexOf("*/", at + 2), text);
        break;
      default:
    }
  }
  return { keys };
}

/** The offset of the quote that closes the string at `start`; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function endOr(found: number, text: string): number {
  return found === -1 ? text.length : found;
}

/** Counts the names of all objects in a value, and finds values that JSON or UTF-8 can't represent. */
export function inspectValue(root: unknown): { keys: number; problems: Problem[] } {
  const problems: Problem[] = [];
  let keys = 0;
  let values = 0;
  // A deeply nested value, or one that a YAML alias put into itself.
  let tooDeep: KeyPath | undefined;
  const path: (string | number)[] = [];
  const report = (message: string, at?: "key") => problems.push({ path: [...path], message, ...omitUndefined({ at }) });

  const visit = (value: unknown): void => {
    if (++values > MAX_VALUES) return;
    if (typeof value === "string") {
      if (hasLoneSurrogate(value)) report("contains half of a character (a lone surrogate such as `\\ud800`)");
    } else if (typeof value === "number") {
      if (!Number.isFinite(value)) report("is not a number that JSON can hold");
    } else if (typeof value === "object" && value !== null) {
      if (path.length > MAX_DEPTH) tooDeep ??= path.slice(0, 3);
      else if (Array.isArray(value)) {
        value.forEach((item, index) => {
          path.push(index);
          visit(item);
          path.pop();
        });
      } else {
        for (const [name, item] of Object.entries(value)) {
          keys++;
          path.push(name);
          if (hasLoneSurrogate(name)) report("the name contains half of a character (a lone surrogate)", "key");
          visit(item);
          path.pop();
        }
      }
    }
  };
  visit(root);
  if (tooDeep !== undefined) problems.push({ path: tooDeep, message: `is nested more than ${MAX_DEPTH} levels deep` });
  if (values > MAX_VALUES) problems.push({ path: [], message: `holds more than ${MAX_VALUES} values` });
  return { keys, problems };
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
