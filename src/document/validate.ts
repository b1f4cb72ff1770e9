// Checks a value against a schema and says what is wrong in words for a person: the schema library's own messages
// stay unused (loading them costs more than reading a task file does).
import type * as z from "zod/mini";
import { nearest } from "../util/nearest.js";
import type { KeyPath, Problem } from "./diagnostics.js";

export interface ValidateOptions {
  /** Values that must not be shown, such as environment variables. */
  secret?: (path: KeyPath) => boolean;
  /** For an unknown key that resembles no known one. */
  unknownKeyHint?: string;
}

/** The parsed value, or everything that keeps it from being one. */
export function validate<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
  options: ValidateOptions = {},
): { value: z.output<S>; problems: [] } | { value: undefined; problems: Problem[] } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, problems: [] };
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const issue of parsed.error.issues) {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    // One value, one problem: an empty name is also one that does not match the pattern.
    const place = JSON.stringify(path);
    if (issue.code !== "unrecognized_keys" && seen.has(place)) continue;
    seen.add(place);
    problems.push(...explain(issue, path, schema, value, options));
  }
  return { value: undefined, problems };
}

/** An object without `$schema` and the keys that begin with `x-`, which are free; any other value as it is. */
export function withoutFreeKeys(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const kept = entries.filter(([name]) => name !== "$schema" && !name.startsWith("x-"));
  return kept.length === entries.length ? value : Object.fromEntries(kept);
}

/** Whether a value is an object in JSON's sense: no list and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as it is shown in a message: short, and on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  }
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : String(value);
}

function explain(
  issue: z.core.$ZodIssue,
  path: KeyPath,
  schema: z.ZodMiniType,
  root: unknown,
  { secret, unknownKeyHint }: ValidateOptions,
): Problem[] {
  const value = valueAt(root, path);
  const got = secret?.(path) ? "" : `, got ${show(value)}`;
  const custom = issue.message === "Invalid input" ? undefined : issue.message;
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysOf(schemaAt(schema, path));
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        const hint = near === undefined ? unknownKeyHint : `did you mean \`${near}\`?`;
        return { path: [...path, key], at: "key", message: "unknown key", ...(hint === undefined ? {} : { hint }) };
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
      const expected = isWholeNumber(schemaAt(schema, path)) ? "int" : issue.expected;
      return [{ path, message: `expected ${typeName(expected)}${got}`, ...(hint === undefined ? {} : { hint }) }];
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

/** That a value is none of those that are known, and which one may have been meant. */
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

function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

/** What the schema library calls the type of the value at a path; undefined for a path that does not exist. */
export function typeAt(schema: z.ZodMiniType, path: KeyPath): string | undefined {
  const here = schemaAt(schema, path);
  const type = here && definition(here).type;
  return type === "never" ? undefined : type;
}

/** The schema of the value at a path; undefined where the path leaves what the schema describes. */
function schemaAt(schema: z.core.$ZodType, path: KeyPath): z.core.$ZodType | undefined {
  let here: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    const def: z.core.$ZodTypes["_zod"]["def"] | undefined = here && definition(here);
    if (def?.type === "object") here = Object.hasOwn(def.shape, step) ? def.shape[step] : def.catchall;
    else if (def?.type === "array") here = def.element;
    else if (def?.type === "record") here = def.valueType;
    else return undefined;
  }
  return here;
}

function keysOf(schema: z.core.$ZodType | undefined): string[] {
  const def = schema && definition(schema);
  return def?.type === "object" ? Object.keys(def.shape) : [];
}

function isWholeNumber(schema: z.core.$ZodType | undefined): boolean {
  const def = schema && definition(schema);
  return def?.type === "number" && "format" in def && def.format === "safeint";
}

function definition(schema: z.core.$ZodType): z.core.$ZodTypes["_zod"]["def"] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === "optional" ? definition(def.innerType) : def;
}
