// Reads a value from JSON of unknown shape by a path from the configuration: `choices.0.text` or `/choices/0/text`.
import { valueAt } from "../../util/json.js";

/** The value at the path; `undefined` if there is none. */
export function valueAtPath(from: unknown, path: string): unknown {
  return valueAt(from, stepsOf(path));
}

/** Splits a path: RFC 6901 if it begins with a slash, else names and indexes separated by dots. */
function stepsOf(path: string): string[] {
  if (!path.startsWith("/")) return path.split(".");
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
