// What Claude Code tells about its own retries (2.1.197): how long the service asks to wait, and in which words it refused.
import type { Failure, FailureKind } from "../../schema/failure.js";
import type { Task } from "../../schema/task.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { FailureReader } from "../failure/failures.js";
import type { InvocationContext } from "../shared/backend.js";

/** The CLI's words in `api_retry.error` and in the `error` of its synthetic messages (its documentation). */
export const RETRY_KINDS: Readonly<Record<string, FailureKind>> = {
  authentication_failed: "not_authenticated",
  oauth_org_not_allowed: "not_authenticated",
  billing_error: "billing",
  rate_limit: "rate_limited",
  overloaded: "overloaded",
  server_error: "overloaded",
  invalid_request: "bad_request",
  model_not_found: "model_not_found",
  max_output_tokens: "max_tokens",
};

/**
 * The wait that the service asks for, in seconds, from `retry_delay_ms` of `api_retry`. It is `Retry-After`, which has whole
 * seconds, or the CLI's own pause, 0.5 s doubled each time and lengthened by a random part up to a quarter (measured, and its
 * code): that is never a whole second.
 */
export function askedSeconds(delayMs: number | undefined): number | undefined {
  return delayMs !== undefined && delayMs > 0 && delayMs % 1000 === 0 ? delayMs / 1000 : undefined;
}

/**
 * The kind of a failure that the CLI asks again after. It repeats a rejected request only if the service says `x-should-retry`
 * (measured: a 400), so such a rejection passes.
 */
export function repeated(failure: Failure): Failure {
  return failure.kind === "bad_request" ? { ...failure, kind: "network" } : failure;
}

/** `[ERROR] API error (attempt 1/11): 429 429 {"type":"error","error":{…}}` in the debug file; the status is repeated. */
const REFUSED = /\[ERROR\] API error \(attempt \d+\/\d+\): (?:undefined )?(?:\d{3} )*(.+)$/gm;

/**
 * The failure of a retry, with the words of the service: `api_retry` has only a word for the class of the error. `errors` is
 * what the CLI wrote into its debug file.
 */
export function wholeCause(retry: Failure, errors: string | undefined, failures: FailureReader): Failure {
  const words = [...(errors ?? "").matchAll(REFUSED)].at(-1)?.[1];
  if (words === undefined) return retry;
  const { kind, http_status, retry_after_seconds, resets_at } = retry;
  const whole = repeated(failures.reported({ text: words, http_status, otherwise: kind, retry_after_seconds }));
  return { ...whole, ...omitUndefined({ resets_at: resets_at ?? whole.resets_at }) };
}

/**
 * Whether the next attempt has to learn how long the service asks to wait. The CLI gives up at once, and without a word of
 * it, if `Retry-After` is more than a minute (measured); with CLAUDE_CODE_RETRY_WATCHDOG, its switch for unattended work, it
 * tells any wait. Not from the start on: with it a used-up plan is told as a retry, without the words that explain it.
 */
export function listensForLongWaits(before: Failure | undefined): boolean {
  if (before === undefined || before.retry_after_seconds !== undefined || before.resets_at !== undefined) return false;
  return (before.kind === "rate_limited" || before.kind === "overloaded") && before.http_status !== undefined;
}

/** What the user has set for the CLI's own retries and its debug log. */
export interface OwnSettings {
  /** The CLI's own retries are asked for. */
  retries: boolean;
  debugs: boolean;
  warnings: string[];
}

export function ownSettings(task: Task, context: InvocationContext): OwnSettings {
  const env = context.offline === undefined ? { ...context.env, ...task.env } : {};
  const count = env.CLAUDE_CODE_MAX_RETRIES ?? "";
  // It changes to the other model only after retries of its own.
  const otherModel = task.extra.some((flag) => flag.startsWith("--fallback-model"));
  const debugs = task.extra.some((flag) => /^(?:-d|--debug)/.test(flag)) || Boolean(env.CLAUDE_CODE_DEBUG_LOGS_DIR);
  return { retries: count !== "" || otherModel, debugs, warnings: count === "" ? [] : [retriesWarning(count)] };
}

function retriesWarning(count: string): string {
  const effect =
    Number(count) === 0
      ? "Claude Code does not tell how long the service asks to wait"
      : "a throttled Claude Code task waits by itself, and clinvk pauses the other tasks only after it gives up";
  return `CLAUDE_CODE_MAX_RETRIES=${count} is set: ${effect}; unset it and clinvk waits for all tasks at once`;
}
