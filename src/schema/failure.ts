// The closed set of reasons why a task did not succeed, and the shape in which a failure travels.
import * as z from "zod/mini";

/** Every kind of failure there is, with the same word in events, reports, JSON and the docs. */
export const FAILURE_KINDS = [
  "not_installed",
  "not_authenticated",
  "permission_denied",
  "rate_limited",
  "quota_exhausted",
  "overloaded",
  "network",
  "model_not_found",
  "bad_request",
  "context_too_long",
  "refused",
  "max_turns",
  "max_tokens",
  "budget_exceeded",
  "timeout",
  "stalled",
  "canceled",
  "crashed",
  "output_invalid",
  "output_limit",
  "schema_invalid",
  "check_failed",
  "billing",
  "update_required",
  "lost",
] as const;

export const FailureKind = z.enum(FAILURE_KINDS);
export type FailureKind = z.infer<typeof FailureKind>;

/** Why a task failed: `message` is one sentence for a person, `hint` says what to do about it. */
export const Failure = z.strictObject({
  kind: FailureKind,
  message: z.string(),
  hint: z.optional(z.string()),
  /** HTTP status that the CLI reported, if any. */
  http_status: z.optional(z.int()),
  /** When the service says that it will answer again: ISO 8601, UTC. */
  resets_at: z.optional(z.string()),
  /** Seconds after which the service asks to be tried again. */
  retry_after_seconds: z.optional(z.number()),
});
export type Failure = z.infer<typeof Failure>;

/** Why a task failed if clinvk itself has a bug: an exception where none may be. */
export function failureOfBug(bug: unknown): Failure {
  const message = `clinvk itself failed: ${bug instanceof Error ? `${bug.name}: ${bug.message}` : String(bug)}`;
  return { kind: "crashed", message, hint: "this is a bug in clinvk, not in the task: please report it" };
}

/**
 * Whether a wait of this many seconds counts as a used-up quota, even under another name: clinvk holds no task that
 * long. Gemini CLI draws the line at five minutes, too.
 */
export function isQuotaWait(seconds: number): boolean {
  return seconds > 300;
}
