// Makes all error answers, which have one shape.

import { type Diagnostic, restWords } from "../../document/diagnostics.js";
import { ERROR_STATUS, type ErrorBody, type ErrorCode, type ErrorDetail } from "../../schema/api.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { AppContext } from "./route.js";

export interface ProblemOptions {
  details?: readonly ErrorDetail[];
  /** Seconds; a whole number. */
  retry_after?: number;
  headers?: Readonly<Record<string, string>>;
}

/** An error as a response. */
export function problem(c: AppContext, code: ErrorCode, message: string, options: ProblemOptions = {}): Response {
  const { details, retry_after, headers = {} } = options;
  const body: ErrorBody = {
    error: { code, message, ...(details ? { details: [...details] } : {}), request_id: c.get("request_id") },
  };
  const all = { ...headers, ...(retry_after === undefined ? {} : { "Retry-After": String(retry_after) }) };
  return c.json(body, ERROR_STATUS[code], all);
}

/** The largest number of details in one answer. */
const MAX_DETAILS = 100;

/** The problems of a body, without a file name; of very many, only the first ones and a count. */
export function detailsOf(problems: readonly Diagnostic[]): ErrorDetail[] {
  const details = problems
    .slice(0, MAX_DETAILS)
    .map(({ path, message, hint, line, column }) => ({ message, ...omitUndefined({ path, hint, line, column }) }));
  const more = problems.length - details.length;
  return more > 0 ? [...details, { message: `… and ${restWords(problems.length, details.length)} problems` }] : details;
}

/** The answer with all problems of a body. */
export function invalid(c: AppContext, problems: readonly Diagnostic[]): Response {
  return problem(c, "validation_failed", "the body is not valid; nothing was run", { details: detailsOf(problems) });
}
