// Checks JSON text before a parser gets it, and values after parsing: depth, number of names, invalid strings and numbers.
import { omitUndefined } from "../util/omit-undefined.js";
import type { KeyPath, Problem } from "./diagnostics.js";

/** Deeper nesting is an attack or an accident; it would overflow the stack of recursive parsers and printers. */
export const MAX_DEPTH = 100;

/** An object with more names is an accident or an attack: telling what is wrong with each would fill the memory. */
export const MAX_NAMES = 10_000;
export const TOO_MANY_NAMES = `an object has more than ${MAX_NAMES} names`;

/** More values than 16 MiB of text can hold: only YAML aliases that multiply each other exceed this. */
const MAX_VALUES = 10_000_000;

/**
 * Scans JSON text once, with or without comments. `keys` counts the names of all objects (compared with the parsed value,
 * this shows that a name was given twice, which `JSON.parse` hides); `refused` tells of the first bracket beyond the allowed
 * depth, or the first object with more than `max_names` names.
 */
export function scanJson(
  text: string,
  max_names = Number.POSITIVE_INFINITY,
): { keys: number; refused?: { offset: number; message: string } } {
  let keys = 0;
  /** The brackets that are open: where each is, and how many names it has so far. */
  const open: { offset: number; names: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case ":": {
        keys++;
        const inner = open.at(-1);
        if (inner && ++inner.names > max_names)
          return { keys, refused: { offset: inner.offset, message: TOO_MANY_NAMES } };
        break;
      }
      case "[":
      case "{":
        if (open.push({ offset: at, names: 0 }) > MAX_DEPTH)
          return { keys, refused: { offset: at, message: `brackets are nested more than ${MAX_DEPTH} levels deep` } };
        break;
      case "]":
      case "}":
        open.pop();
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
        for (const name of Object.keys(value)) {
          keys++;
          path.push(name);
          if (hasLoneSurrogate(name)) report("the name contains half of a character (a lone surrogate)", "key");
          visit((value as Record<string, unknown>)[name]);
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
