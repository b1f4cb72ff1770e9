// Masks secrets in the events of a run. Ids and paths stay as they are: a password that is also a word, or a part of a
// path, must not make an answer unfindable.
import type { Redactor } from "./redact.js";

/** Values under these keys are words of ours, times, or paths that are read again; never free text. */
const FIXED = new Set(
  (
    "type run_id task_id remaining time until start_time end_time resets_at backend fallback_from status kind reason " +
    "interrupted_by content_file"
  ).split(" "),
);
/** Values under these keys are data of a user or a model, whatever their keys are called. */
const FREE = new Set(["meta", "structured"]);

/** A copy of an event in which every free text is masked; the event itself where there is nothing to mask. */
export function redactEvent<T extends object>(event: T, redactor: Redactor): T {
  return redactor.idle ? event : (ofObject(event, redactor) as T);
}

function ofObject(object: { type?: unknown }, redactor: Redactor): object {
  // clinvk never shortens an answer: an `…` in it is the author's.
  const answer = object.type === "task_output" ? "text" : "content";
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => {
      if (FIXED.has(key)) return [key, value];
      return [key, FREE.has(key) || key === answer ? ofData(value, redactor) : ofValue(value, redactor)];
    }),
  );
}

function ofValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redactShortened(value);
  if (Array.isArray(value)) return value.map((one) => ofValue(one, redactor));
  return typeof value === "object" && value !== null ? ofObject(value, redactor) : value;
}

/** JSON of others: keys can be secrets, too. */
function ofData(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (Array.isArray(value)) return value.map((one) => ofData(one, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [redactor.redact(key), ofData(one, redactor)]));
}
