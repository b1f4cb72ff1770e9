// A failure in a few words, for the OUTPUT column of the summary table.
import type { Failure, FailureKind } from "../schema/failure.js";

/** `detail`: the message adds what the words can't say. */
const WORDS: Readonly<Record<FailureKind, { words: string; detail: boolean }>> = {
  not_installed: { words: "Not installed", detail: false },
  not_authenticated: { words: "Not logged in", detail: false },
  permission_denied: { words: "Permission denied", detail: true },
  rate_limited: { words: "Rate limited", detail: false },
  quota_exhausted: { words: "Quota used up", detail: false },
  overloaded: { words: "Overloaded", detail: false },
  network: { words: "No connection", detail: true },
  model_not_found: { words: "Model not found", detail: true },
  bad_request: { words: "Request rejected", detail: true },
  context_too_long: { words: "Context too long", detail: false },
  refused: { words: "Refused", detail: true },
  max_turns: { words: "Turn limit reached", detail: false },
  max_tokens: { words: "Token limit reached", detail: false },
  budget_exceeded: { words: "Budget used up", detail: false },
  timeout: { words: "Timed out", detail: false },
  stalled: { words: "Stalled", detail: false },
  canceled: { words: "Canceled", detail: true },
  crashed: { words: "Crashed", detail: true },
  output_invalid: { words: "Unusable output", detail: true },
  output_limit: { words: "Output too large", detail: false },
  schema_invalid: { words: "Does not fit its schema", detail: true },
  check_failed: { words: "Check failed", detail: true },
  billing: { words: "Billing problem", detail: false },
  update_required: { words: "Update required", detail: false },
  lost: { words: "Lost", detail: true },
};

/** E.g. `Rate limited (429)`, `Quota used up until 2026-07-01 03:00Z`, `Crashed: killed by SIGSEGV`. Not cut yet. */
export function failureWords(failure: Failure): string {
  const { words, detail } = WORDS[failure.kind];
  const status = failure.http_status === undefined ? "" : ` (${failure.http_status})`;
  const until = failure.resets_at === undefined ? "" : ` until ${minutes(failure.resets_at)}`;
  return `${words}${status}${until}${detail ? `: ${failure.message}` : ""}`;
}

/** `2026-07-01T03:00:00.000Z` → `2026-07-01 03:00Z`; anything else stays as it is. */
function minutes(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, "$1 $2Z");
}
