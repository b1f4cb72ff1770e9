// Takes out of a file all that its schema refuses. Problems of other kinds can then be found in the rest, and all problems
// are reported together.
import type * as z from "zod/mini";
import type { KeyPath } from "../document/diagnostics.js";
import { parse } from "../document/validate.js";
import { isObject, valueAt } from "../util/json.js";

export interface Usable<T> {
  value: T;
  /** The places of what was taken out. */
  broken: KeyPath[];
}

/** Taking out one value can make another one wrong, so check again, but only this often. */
const ROUNDS = 4;
/** Each removal copies the containers around the value; with more problems than this, one more tells the user nothing. */
const MAX_BROKEN = 100;

/** The part of a value that fits its schema; `undefined` if nothing useful is left. Does not change the value itself. */
export function usablePart<S extends z.ZodMiniType>(schema: S, value: unknown): Usable<z.output<S>> | undefined {
  const broken: KeyPath[] = [];
  let rest = value;
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = parse(schema, rest);
    if (parsed === undefined) return undefined;
    if (parsed.success) return { value: parsed.data, broken };
    const count = (sum: number, issue: z.core.$ZodIssue) => sum + ("keys" in issue ? issue.keys.length : 1);
    if (parsed.error.issues.reduce(count, broken.length) > MAX_BROKEN) return undefined;
    for (const issue of parsed.error.issues) {
      const path = issue.path.filter((step) => typeof step !== "symbol");
      const isItem = issue.code === "invalid_type" && issue.expected === "object" && typeof path.at(-1) === "number";
      const names = issue.code === "unrecognized_keys" ? issue.keys : [];
      // If an object lacks a required key, take out the whole object.
      const place = names.length > 0 || valueAt(rest, path) !== undefined || isItem ? path : path.slice(0, -1);
      const places = names.length > 0 ? names.map((name) => [...path, name]) : [place];
      for (const one of places) {
        if (one.length === 0) return undefined;
        broken.push(one);
        rest = without(rest, one, isItem);
      }
    }
  }
  return undefined;
}

/** A copy without the value at a path. Items of lists keep their numbers: an item becomes empty, or its whole list is removed. */
function without(value: unknown, path: KeyPath, emptyItem: boolean): unknown {
  const [step, ...rest] = path;
  if (Array.isArray(value) && typeof step === "number") {
    const item = rest.length === 0 ? {} : without(value[step], rest, emptyItem);
    return rest.length === 0 && !emptyItem ? undefined : value.with(step, item);
  }
  if (!isObject(value) || typeof step !== "string") return value;
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== step) return [[name, inner]];
    const left = rest.length === 0 ? undefined : without(inner, rest, emptyItem);
    return left === undefined ? [] : [[name, left]];
  });
  return Object.fromEntries(entries);
}
