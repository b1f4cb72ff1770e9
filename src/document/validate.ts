// Checks a value against a schema and words its problems for a person. Does not use the schema library's own messages:
// loading them costs more than reading a task file.

import * as z from "zod/mini";
import { cut } from "../util/cut.js";
import { isObject, valueAt } from "../util/json.js";
import { nearest } from "../util/nearest.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { type KeyPath, MAX_PROBLEMS, type Problem } from "./diagnostics.js";

export interface ValidateOptions {
  /** Tells which values must not be shown, such as environment variables. */
  secret?: (path: KeyPath) => boolean;
  /** The hint for an unknown key that resembles no known one. */
  unknownKeyHint?: string;
}

/** The parsed value, or all its problems. */
export function validate<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
  options: ValidateOptions = {},
): { value: z.output<S>; problems: [] } | { value: undefined; problems: Problem[] } {
  // The library's error map gets each issue with the value and its part of the schema. It returns only a number as the message,
  // under which we find them again; a check's own message has no number.
  const facts: z.core.$ZodRawIssue[] = [];
  const parsed = parse(schema, value, (issue) => `#${facts.push(issue) - 1}`);
  if (parsed === undefined)
    return { value: undefined, problems: [{ path: [], message: "a list in it has too many mistakes to name them" }] };
  if (parsed.success) return { value: parsed.data, problems: [] };
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const issue of parsed.error.issues) {
    if (problems.length >= MAX_PROBLEMS) break;
    const path = issue.path.filter((step) => typeof step !== "symbol");
    // Report one problem per value: an empty name, for example, also violates the pattern.
    const place = JSON.stringify(path);
    if (issue.code !== "unrecognized_keys" && seen.has(place)) continue;
    seen.add(place);
    const fact = facts[Number(/^#(\d+)$/.exec(issue.message)?.[1])];
    problems.push(...explain(issue, path, fact, valueAt(value, path), options).slice(0, MAX_PROBLEMS));
  }
  return { value: undefined, problems };
}

/** What zod makes of a value; `undefined` if the value has so many mistakes that zod can't tell them. */
export function parse<S extends z.ZodMiniType>(schema: S, value: unknown, error?: z.core.$ZodErrorMap) {
  try {
    return schema.safeParse(value, error && { error });
  } catch (overflow) {
    // zod 4.6 passes the issues of a list as arguments of one call: some 100,000 of them overflow the stack.
    if (!(overflow instanceof RangeError)) throw overflow;
    return undefined;
  }
}

/** Removes the free keys from an object: `$schema` and all that begin with `x-`. Returns any other value unchanged. */
export function withoutFreeKeys(value: unknown): unknown {
  if (!isObject(value)) return value;
  const isFree = (name: string) => name === "$schema" || name.startsWith("x-");
  // Most objects have none: look before making a copy.
  if (!Object.keys(value).some(isFree)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isFree(name)));
}

/** A value as messages show it: short, and on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(cut(value, 40));
  }
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : String(value);
}

function explain(
  issue: z.core.$ZodIssue,
  path: KeyPath,
  fact: z.core.$ZodRawIssue | undefined,
  value: unknown,
  { secret, unknownKeyHint }: ValidateOptions,
): Problem[] {
  const got = secret?.(path) ? "" : `, got ${show(value)}`;
  const custom = fact === undefined ? issue.message : undefined;
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = fact?.inst instanceof z.ZodMiniObject ? Object.keys(fact.inst.shape) : [];
      return issue.keys.slice(0, MAX_PROBLEMS).map((key) => {
        const near = nearest(key, known);
        const hint = near === undefined ? unknownKeyHint : `did you mean \`${near}\`?`;
        return { path: [...path, key], at: "key", message: "unknown key", ...omitUndefined({ hint }) };
      });
    }
    case "invalid_value":
      return [{ path, ...noneOf(issue.values.map(String), value, got) }];
    case "invalid_type": {
      const name = path.at(-1);
      if (value === undefined && typeof name === "string") {
        return [{ path: path.slice(0, -1), message: `\`${name}\` is missing` }];
      }
      const hint = unquoted(issue.expected, value) ? "remove the quotes" : undefined;
      const expected = fact?.inst instanceof z.ZodMiniNumberFormat ? "int" : issue.expected;
      return [{ path, message: `expected ${typeName(expected)}${got}`, ...omitUndefined({ hint }) }];
    }
    case "too_small":
      if (custom !== undefined) return [{ path, message: custom }];
      if (typeof value !== "number") return [{ path, message: "may not be empty" }];
      return [{ path, message: `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${got}` }];
    case "too_big":
      return [{ path, message: custom ?? `must be at most ${issue.maximum}${got}` }];
    default:
      return [{ path, message: `${custom ?? "is not valid"}${got}` }];
  }
}

/** The problem of a value that is not a known one, with a suggestion. */
export function noneOf(
  known: readonly string[],
  value: unknown,
  got = `, got ${show(value)}`,
): { message: string; hint?: string } {
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  return {
    message: `expected one of ${known.map((name) => `\`${name}\``).join(", ")}${got}`,
    ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
  };
}

function typeName(expected: string): string {
  switch (expected) {
    case "string":
      return "a string";
    case "int":
      return "a whole number";
    case "number":
      return "a number";
    case "boolean":
      return "`true` or `false`";
    case "array":
      return "a list";
    case "object":
    case "record":
      return "an object";
    default:
      return expected;
  }
}

/** Whether a string would be right without its quotes. */
function unquoted(expected: string, value: unknown): boolean {
  if (typeof value !== "string") return false;
  if (expected === "boolean") return value === "true" || value === "false";
  return (expected === "int" || expected === "number") && /^\d+$/.test(value);
}
