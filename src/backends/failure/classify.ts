// Turns the words of a CLI into a kind of failure. Each CLI has its own words; the words that all CLIs share come last.
// Use it only for lines that the CLI itself wrote: models quote such lines, too.
import { type FailureKind, isQuotaWait } from "../../schema/failure.js";

/**
 * A kind, and the words that mean it. The pattern sees one line in lower case with plain apostrophes and dots.
 * `momentary`: no quota is used up, even if the text names a long wait.
 */
export type FailureRule = readonly [kind: FailureKind, pattern: RegExp, momentary?: "momentary"];

/** The words with which one CLI says why it stops. Sources: its documentation, its source and its issue tracker. */
export interface FailureWords {
  /** The first match decides; the shared rules come after these. */
  rules: readonly FailureRule[];
  /** Lines that look like a stop but are not, such as a retry by the CLI itself. The patterns see the same text as the rules. */
  not_a_stop: readonly RegExp[];
  /** Lines of stderr that never give a cause: progress, dumps, notices of healthy runs. */
  noise: readonly RegExp[];
  /** Parts of a message that are for machines, and their replacements; applied in this order. */
  wrappers: readonly (readonly [RegExp, string])[];
}

/** Words of HTTP, networks and model services, which any CLI may repeat. */
const SHARED: readonly FailureRule[] = [
  [
    "bad_request",
    /^(?:error: )?(?:unexpected argument|invalid value|unknown option|option '.*' is invalid|unrecognized)/,
  ],
  ["bad_request", /no (?:input|prompt) provided|not (?:a )?valid (?:utf-8|json)|unknown command/],
  // Limits.
  ["billing", /insufficient_quota/],
  ["quota_exhausted", /you've (?:hit|reached) your .*limit|your (?:quota|limit) will reset/],
  ["quota_exhausted", /(?:usage|session|weekly|daily|hour) limit reached/],
  ["rate_limited", /rate.?limit|too many requests|\b429\b/],
  ["overloaded", /overloaded|at capacity|high demand|internal server error|service unavailable|bad gateway/],
  // Access.
  ["update_required", /newer version/],
  ["not_authenticated", /not logged in|failed to authenticate|failed to refresh token|unauthorized|unauthenticated/],
  ["not_authenticated", /(?:invalid|incorrect) api key|invalid authentication/],
  ["model_not_found", /model.{0,80}(?:not found|not supported|does not exist)|don't have access to|model_not_found/],
  // The conversation itself.
  ["context_too_long", /context window|context_length_exceeded|exceeds the maximum (?:length|number)/],
  ["max_tokens", /max_output_tokens/],
  ["max_turns", /max(?:imum)? (?:number of |session )?turns/],
  ["permission_denied", /trusted directory/],
  // The network.
  ["network", /timed out|timeout waiting|connection (?:refused|failed|lost|closed|dropped|error|to the api was lost)/],
  ["network", /unable to connect|couldn't connect|can't reach|no internet|fetch failed|error sending request/],
  [
    "network",
    /stream disconnected|stream closed|error while reading the server|error decoding response|lookup address/,
  ],
  ["network", /econnreset|etimedout|enotfound|eai_again|econnrefused|ehostunreach|eproto|und_err|err_proxy/],
  ["network", /certificate|json parse error/],
  // The rest.
  ["bad_request", /invalid_request_error|invalid_argument/],
  ["crashed", /fatal error|mcp servers failed to initialize/],
];

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
    // Timeout, conflict, wrong connection, too early, closed: asked again, the same request may be answered.
    case 408:
    case 409:
    case 421:
    case 425:
    case 499:
      return "network";
    case 413:
      return "context_too_long";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "overloaded" : "bad_request";
  }
}

/** The HTTP status in a text, e.g. `unexpected status 401 Unauthorized`, `API Error: 529 …`, `{"error":{"code":400`. */
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
 * The kind of failure that a text of a CLI means; `undefined` = unknown. `waitSeconds` is the wait that the text names, if any.
 * Words beat the status: "You've hit your session limit" comes with 429, "model is not supported" with 400.
 */
export function classify(
  words: FailureWords,
  text: string,
  status?: number,
  waitSeconds?: number,
): FailureKind | undefined {
  const plain = text.toLowerCase().replace(/[’‘]/g, "'").replace(/[∙•]/g, "·").replace(/\s+/g, " ").trim();
  if (plain.startsWith("warning:") || words.not_a_stop.some((pattern) => pattern.test(plain))) return undefined;
  const matches = ([, pattern]: FailureRule) => pattern.test(plain);
  const [kind, , momentary] = words.rules.find(matches) ?? SHARED.find(matches) ?? [];
  const meant = kind ?? kindOfStatus(status ?? statusIn(text));
  const longWait = waitSeconds !== undefined && isQuotaWait(waitSeconds);
  return meant === "rate_limited" && longWait && momentary === undefined ? "quota_exhausted" : meant;
}

/** Joins the words of several CLIs, for a program that may start any of them. */
export function mergeWords(all: readonly FailureWords[]): FailureWords {
  return {
    rules: all.flatMap(({ rules }) => rules),
    not_a_stop: all.flatMap(({ not_a_stop }) => not_a_stop),
    noise: all.flatMap(({ noise }) => noise),
    wrappers: all.flatMap(({ wrappers }) => wrappers),
  };
}
