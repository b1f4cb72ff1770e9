// The CLIs' own words for why they stopped, as failure kinds. Only for lines that a CLI made: models quote them, too.
// Sources: the CLIs' documentation, source and issue trackers up to claude 2.1.26x, codex 0.169 and gemini 0.61.
import type { FailureKind } from "../../schema/failure.js";

/** Above this wait a "slow down" is a used-up quota: nobody holds a task for it. Gemini draws its line there, too. */
const LONG_WAIT_SECONDS = 300;

/** In this order: the first that matches wins. Matched against lower case with plain apostrophes and dots. */
const RULES: readonly (readonly [FailureKind, RegExp])[] = [
  // How the CLIs refuse a command line or a configuration, before anything is asked.
  [
    "bad_request",
    /^(?:error: )?(?:unexpected argument|invalid value|unknown option|option '.*' is invalid|unrecognized)/,
  ],
  [
    "bad_request",
    /not enough arguments|requires --|error loading config|is no longer supported; remove|unknown feature flag/,
  ],
  [
    "bad_request",
    /input must be provided|no (?:input|prompt) provided|not (?:a )?valid (?:utf-8|json)|error resuming session/,
  ],
  ["bad_request", /error starting session|no conversation found|no rollout found|already in use|unknown command/],
  // Limits.
  ["rate_limited", /not your usage limit/],
  ["budget_exceeded", /spend limit reached \(|reached maximum budget|budget limit reached|token budget exhausted/],
  ["rate_limited", /spend limit unavailable/],
  [
    "billing",
    /spend limit|spend cap|out of credits|credit balance is too low|usage credits required|uses usage credits/,
  ],
  ["billing", /shared budget|individual usage limit|(?:^|: )quota exceeded\. check your plan|usage_not_included/],
  ["billing", /to use codex with your chatgpt plan|insufficient_g1_credits_balance|insufficient_quota/],
  ["overloaded", /no capacity available|model_capacity_exhausted/],
  ["context_too_long", /context limit reached/],
  ["quota_exhausted", /you've (?:hit|reached) your .*limit|out of extra usage|reached your daily .* limit/],
  ["quota_exhausted", /(?:usage|session|weekly|daily|hour) limit reached|usage_limit_reached|access resets at/],
  ["quota_exhausted", /exhausted your (?:daily quota|capacity)|your (?:quota|limit) will reset|limit: 0\b|per ?day/],
  ["rate_limited", /rate.?limit|too many requests|\b429\b|temporarily limiting requests|exceeded your current quota/],
  ["rate_limited", /resource has been exhausted|resource_exhausted|suggested retry after|please retry in/],
  ["overloaded", /overloaded|at capacity|high demand|high load|internal server error|server error mid-response/],
  ["overloaded", /an error occurred while processing your request|service unavailable|bad gateway/],
  // Access.
  [
    "update_required",
    /newer version|needs an update|ineligibletiererror|unsupported_client|client is no longer supported/,
  ],
  ["network", /blocked by cloudflare/],
  [
    "not_authenticated",
    /not logged in|please run \/login|sign in again|failed to authenticate|login expired|invalid_grant/,
  ],
  ["not_authenticated", /invalid api key|api key not valid|api_key_invalid|incorrect api key|oauth (?:token|session)/],
  [
    "not_authenticated",
    /unauthorized|unauthenticated|invalid authentication|access token could not|failed to refresh token/,
  ],
  [
    "not_authenticated",
    /refresh your login|missing environment variable|(?:invalid|set an) auth method|specify the gemini_api_key/,
  ],
  ["not_authenticated", /enforced authentication|manual authorization|authentication (?:consent|timed out|method)/],
  ["not_authenticated", /apikeyhelper|default credentials|credentials expired|validation_?required|tos_violation/],
  [
    "not_authenticated",
    /organization has (?:been )?disabled|disabled organization|account is on hold|account ?suspended/,
  ],
  [
    "not_authenticated",
    /named user on your organization|requires setting the google_cloud_project|not eligible for gemini/,
  ],
  ["model_not_found", /issue with the selected model|model.{0,80}(?:not found|not supported|does not exist)/],
  ["model_not_found", /is not available with the .* plan|don't have access to|modelnotfounderror|model_not_found/],
  // The conversation itself.
  ["context_too_long", /prompt is too long|context exceeds|conversation too long|request too large|context window/],
  [
    "context_too_long",
    /context_length_exceeded|input token count|exceeds the maximum (?:length|number)|stdin input exceeds/,
  ],
  ["bad_request", /max_tokens must be greater/],
  ["max_tokens", /output token maximum|max_output_tokens|exceeded the token limit/],
  ["max_turns", /max(?:imum)? (?:number of |session )?turns/],
  ["refused", /usage policy|can't help with this|safeguards flagged|flagged for possible|content can't be shown/],
  ["refused", /blocked due to|safety settings|recitation|prohibited_content/],
  ["permission_denied", /cannot be used with root|permission-prompt-tool|trusted directory|requested permissions to/],
  ["permission_denied", /denied by policy|requires user confirmation|not been trusted|landlock|sandbox image/],
  ["permission_denied", /sandbox error|sandbox denied|sandbox was required/],
  // The way there.
  ["stalled", /stopped arriving|stalled mid-stream|loop detected/],
  ["network", /timed out|timeout waiting|connection (?:refused|failed|lost|closed|dropped|error|to the api was lost)/],
  ["network", /unable to connect|couldn't connect|can't reach|no internet|fetch failed|error sending request/],
  [
    "network",
    /stream disconnected|stream closed|error while reading the server|error decoding response|lookup address/,
  ],
  ["network", /econnreset|etimedout|enotfound|eai_again|econnrefused|ehostunreach|eproto|und_err|err_proxy/],
  [
    "network",
    /certificate|malformed response \(http 200\)|incomplete json segment|json parse error|(?:^|typeerror: )terminated$/,
  ],
  // What is left.
  ["output_invalid", /empty response|no final response text|without a finish reason|invalid stream/],
  [
    "bad_request",
    /invalid_request_error|invalid_argument|tool_use_id|concurrency issues|extra inputs are not permitted/,
  ],
  ["bad_request", /image poisoning|duplicate tool|unsupported operation|no thread with id|agent thread limit/],
  ["crashed", /turn aborted|agent loop died|fatal error|^turn failed|mcp servers failed to initialize/],
];

/** Lines that look like a stop and are none: warnings, and retries that the CLI makes by itself. */
const NOT_A_STOP = /^(?:approaching |attempt \d+ failed|reconnecting\.\.\.|warning:|your account was flagged)/;

/** Kind of an HTTP status; `undefined` below 400. */
export function kindOfStatus(status: number | undefined): FailureKind | undefined {
  if (status === undefined || status < 400) return undefined;
  switch (status) {
    case 401:
    case 403:
      return "not_authenticated";
    case 402:
      return "billing";
    case 404:
      return "model_not_found";
    case 408:
      return "network";
    case 413:
      return "context_too_long";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "overloaded" : "bad_request";
  }
}

/** HTTP status that a text names, e.g. `unexpected status 401 Unauthorized`, `API Error: 529 …`, `{"error":{"code":400`. */
export function statusIn(text: string): number | undefined {
  const match =
    /(?:unexpected status|last status:|API Error:?|with status|request rejected|"code":|"status":|^status:|\n\s*status:) ?\(?([45]\d\d)\b/i.exec(
      text,
    ) ??
    /\(status ([45]\d\d)\b/.exec(text) ??
    /\bRepeated (529)\b/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/**
 * What a text of a CLI means. `wait_seconds` is the wait that it names, if any. `undefined`: nothing that we know.
 * Words beat the status: "You've hit your session limit" comes with 429, "model is not supported" with 400.
 */
export function classify(text: string, status?: number, waitSeconds?: number): FailureKind | undefined {
  const plain = text.toLowerCase().replace(/[’‘]/g, "'").replace(/[∙•]/g, "·").replace(/\s+/g, " ").trim();
  if (NOT_A_STOP.test(plain)) return undefined;
  const kind = RULES.find(([, pattern]) => pattern.test(plain))?.[0] ?? kindOfStatus(status ?? statusIn(text));
  const longWait = waitSeconds !== undefined && waitSeconds > LONG_WAIT_SECONDS;
  return kind === "rate_limited" && longWait && !plain.includes("not your usage limit") ? "quota_exhausted" : kind;
}
