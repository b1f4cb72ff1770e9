// The words with which Codex says why it stops. Sources: its source (codex-rs) and issue tracker, versions 0.21 to 0.169, and recordings
// of 0.169.0.
import type { FailureWords } from "../failure/classify.js";
import { ERROR_NAME } from "../failure/plain-message.js";

export const codexWords: FailureWords = {
  rules: [
    // Refusals of a command line or a configuration, before any model is asked.
    ["bad_request", /error loading config|is no longer supported; remove|unknown feature flag|no rollout found/],
    // Limits.
    ["budget_exceeded", /token budget exhausted/],
    ["billing", /spend cap|out of credits|(?:^|: )quota exceeded\. check your plan|usage_not_included/],
    ["billing", /to use codex with your chatgpt plan/],
    ["quota_exhausted", /usage_limit_reached/],
    ["overloaded", /an error occurred while processing your request/],
    // Access. The first comes with a 403.
    ["network", /blocked by cloudflare/],
    ["not_authenticated", /access token could not|sign in again|missing environment variable/],
    // The conversation itself.
    ["refused", /flagged for possible|content can't be shown|reason: content_filter/],
    ["permission_denied", /landlock|sandbox (?:error|denied|was required)/],
    ["bad_request", /image poisoning|duplicate tool|unsupported operation|no thread with id|agent thread limit/],
    ["crashed", /turn aborted|agent loop died|^turn failed/],
  ],
  not_a_stop: [/^reconnecting\.\.\./, /^your account was flagged/],
  noise: [/^reading (?:additional|prompt)/i, /^warning: proceeding/i],
  wrappers: [
    ERROR_NAME,
    // A content filter cuts no connection.
    [/^stream disconnected before completion: (?=Incomplete response)/, ""],
    [/^unexpected status \d{3} [^:]*: /, ""],
    [/,? ?(?:url|cf-ray|request id): [^\s,]+/g, ""],
  ],
};
