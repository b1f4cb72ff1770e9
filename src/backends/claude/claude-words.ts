// The words with which Claude Code says why it stops. Sources: its documentation and issue tracker, versions 1.0 to 2.1.26x,
// and recordings of 2.1.197.
import type { FailureWords } from "../failure/classify.js";
import { ERROR_NAME } from "../failure/plain-message.js";

export const claudeWords: FailureWords = {
  rules: [
    // Refusals of a command line, before any model is asked.
    ["bad_request", /input must be provided|requires --|no conversation found|already in use/],
    // Limits.
    ["rate_limited", /not your usage limit|temporarily limiting requests/, "momentary"],
    ["budget_exceeded", /spend limit reached \(|reached maximum budget|budget limit reached/],
    ["rate_limited", /spend limit unavailable/],
    ["billing", /spend limit|credit balance is too low|usage credits required|uses usage credits/],
    ["billing", /shared budget|individual usage limit/],
    ["context_too_long", /context limit reached/],
    ["quota_exhausted", /out of extra usage/],
    ["overloaded", /high load|server error mid-response/],
    // Access.
    ["update_required", /needs an update/],
    ["not_authenticated", /please run \/login|login expired|oauth (?:token|session)|authentication method/],
    ["not_authenticated", /refresh your login|apikeyhelper|default credentials|credentials expired/],
    ["not_authenticated", /organization has (?:been )?disabled|disabled organization|account is on hold/],
    ["model_not_found", /issue with the selected model|is not available with the .* plan/],
    // The conversation itself.
    ["context_too_long", /prompt is too long|context exceeds|conversation too long|request too large/],
    ["context_too_long", /stdin input exceeds/],
    ["bad_request", /max_tokens must be greater/],
    ["max_tokens", /output token maximum/],
    ["refused", /usage policy|can't help with this|safeguards flagged/],
    ["permission_denied", /cannot be used with root|permission-prompt-tool|requested permissions to|not been trusted/],
    ["stalled", /stopped arriving|stalled mid-stream/],
    ["network", /malformed response \(http 2\d\d\)|failed to parse json/],
    ["bad_request", /tool_use_id|concurrency issues|extra inputs are not permitted/],
  ],
  not_a_stop: [/^approaching /],
  noise: [/^warning: no stdin/i],
  wrappers: [
    ERROR_NAME,
    // The lead of the sentence says it already.
    [/^Failed to authenticate\. (?=API Error)/, ""],
    [/^API Error: (?:[45]\d\d )?/, ""],
    [/^Request rejected \(429\) · /, ""],
  ],
};
