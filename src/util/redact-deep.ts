// Masks secrets in data.
import type { Redactor } from "./redact.js";

/** A copy of a JSON value in which every string is masked; the value itself where there is nothing to mask. */
export function redactDeep<T>(value: T, redactor: Redactor): T {
  return redactor.idle ? value : (copy(value, redactor) as T);
}

function copy(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (Array.isArray(value)) return value.map((one) => copy(one, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copy(one, redactor)]));
}
