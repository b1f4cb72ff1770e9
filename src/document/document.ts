// Parses text that a user wrote: JSON, JSON with comments and trailing commas, or YAML, and knows the place of every value.
// Plain JSON loads only the built-in parser. Pure, without Node's modules, because the web page uses it, too.

import { err, ok, type Result } from "../util/result.js";
import { givenTwice, type Locate, lineMap, type Problem } from "./diagnostics.js";
import { indexJson, type JsonIndex } from "./json-index.js";
import { inspectValue, MAX_NAMES, scanJson } from "./json-scanner.js";

export interface Document {
  value: unknown;
  /** Problems in a text that can still be read: names given twice, invalid strings. */
  problems: Problem[];
  locate: Locate;
}

/**
 * Reads a document. The extension of its name (`.json`, `.jsonc`, `.yaml`, `.yml`) decides its format, and for any other name
 * the first character of the text does. The error is the first syntax error.
 */
export async function parseDocument(text: string, name: string): Promise<Result<Document, Problem[]>> {
  if (isYaml(text, name)) {
    const { parseYaml } = await import("./yaml.js");
    return parseYaml(text);
  }
  const { keys, refused } = scanJson(text, MAX_NAMES);
  if (refused !== undefined)
    return err([{ path: [], position: lineMap(text)(refused.offset), message: refused.message }]);
  let value: unknown;
  // The count of names in plain JSON; comments may hold colons.
  let expectedKeys: number | undefined = keys;
  try {
    value = JSON.parse(text);
  } catch {
    const { parseJsonc } = await import("./jsonc.js");
    const parsed = parseJsonc(text);
    if (!parsed.ok) return parsed;
    value = parsed.value;
    expectedKeys = undefined;
  }
  let index: JsonIndex | undefined;
  let position: ReturnType<typeof lineMap> | undefined;
  const places = () => {
    index ??= indexJson(text);
    position ??= lineMap(text);
    return { index, position };
  };
  const found = inspectValue(value);
  const problems = found.problems;
  if (found.keys !== expectedKeys) {
    const { index, position } = places();
    for (const { path, offset, first_offset } of index.duplicates) {
      problems.push(givenTwice(path, position(offset), position(first_offset)));
    }
  }
  return ok({
    value,
    problems,
    locate: (path, at) => {
      const { index, position } = places();
      return position(index.locate(path, at));
    },
  });
}

/** A document from a value that was never text, as the library gets it. */
export function documentOf(value: unknown): Document {
  const { problems } = inspectValue(value);
  return { value, problems, locate: () => undefined };
}

function isYaml(text: string, name: string): boolean {
  switch (/(?<=[^/\\])\.[^./\\]*$/.exec(name)?.[0].toLowerCase()) {
    case ".yaml":
    case ".yml":
      return true;
    case ".json":
    case ".jsonc":
      return false;
    default: {
      // A JSON value of any kind, a comment in JSON, or nothing at all.
      const first = /\S/.exec(text)?.[0];
      if (first === undefined || "{[/".includes(first)) return false;
      return !isJson(text);
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
