// Finds out from its result record why Claude Code stopped. `is_error` decides: API failures come as `subtype: "success"`.
import type { Failure, FailureKind } from "../../schema/failure.js";
import { type Json, numberAt, textAt } from "../../util/json.js";
import type { FailureReader } from "../failure/failures.js";
import { oneLine } from "../shared/one-line.js";
import { RETRY_KINDS } from "./claude-retries.js";

const SUBTYPES: Readonly<Record<string, FailureKind>> = {
  error_max_turns: "max_turns",
  error_max_budget_usd: "budget_exceeded",
  error_max_structured_output_retries: "schema_invalid",
};

const TERMINAL: Readonly<Record<string, FailureKind>> = {
  max_turns: "max_turns",
  prompt_too_long: "context_too_long",
  rapid_refill_breaker: "context_too_long",
  budget_exhausted: "budget_exceeded",
  structured_output_retry_exhausted: "schema_invalid",
  malformed_tool_use_exhausted: "output_invalid",
  blocking_limit: "quota_exhausted",
  image_error: "bad_request",
};

export interface Circumstances {
  /** `error` of the last synthetic message. */
  apiError: string | undefined;
  /** The last `rate_limit_event` with status "rejected". */
  rejected: { resets_at: Date | undefined; needs_credits: boolean } | undefined;
}

/** The failure that a result record reports; `undefined` for a success. */
export function claudeFailure(
  result: Json,
  { apiError, rejected }: Circumstances,
  failures: FailureReader,
): Failure | undefined {
  const text = textAt(result, "result") ?? errorsText(result.errors);
  const subtype = textAt(result, "subtype") ?? "";
  if (result.is_error !== true && !subtype.startsWith("error")) {
    // The CLI took the prompt for one of its own commands: it asked no model, and reports success.
    if (numberAt(result, "num_turns") !== 0) return undefined;
    const message = `Claude Code took the prompt for a command of its own: ${oneLine(text)}`;
    return { kind: "bad_request", message };
  }
  const status = numberAt(result, "api_error_status");
  const structured =
    // The CLI takes every request that is too large for one with too large an image.
    (status === 413 ? "context_too_long" : undefined) ??
    SUBTYPES[subtype] ??
    (textAt(result, "stop_reason") === "refusal" ? "refused" : undefined) ??
    TERMINAL[textAt(result, "terminal_reason") ?? ""] ??
    (rejected?.needs_credits ? "billing" : undefined);
  return failures.reported({
    text,
    http_status: status,
    kind: structured,
    otherwise: RETRY_KINDS[apiError ?? ""] ?? "crashed",
    resets_at: rejected?.resets_at,
  });
}

function errorsText(errors: unknown): string {
  return Array.isArray(errors) ? errors.filter((entry) => typeof entry === "string").join(" ") : "";
}
