// Reaches into JSON of unknown shape by a path from the configuration: `choices.0.text` or `/choices/0/text`.
import { valueAt } from "../../util/json.js";

/** The value there; `undefined` if the path leads nowhere. */
export function valueAtPath(from: unknown, path: string): unknown {
  return valueAt(from, stepsOf(path));
}

/** RFC 6901 with a slash in front, else names and indexes with dots between them. */
function stepsOf(path: string): string[] {
  if (!path.startsWith("/")) return path.split(".");
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
