// Decides what follows a failed attempt: another one (when, and at which backend), or the end of the task. Pure.
import { type Failure, isQuotaWait } from "../schema/failure.js";
import { DEFAULT_RETRIES } from "../schema/failure-kinds/kinds.js";
import type { Task } from "../schema/task.js";
import type { OnQuota } from "../schema/task-input.js";

/** Upper bound of the first backoff; doubles with each retry. */
const BASE_MS = 2_000;
const MAX_BACKOFF_MS = 60_000;
/** Added to a reset time: clocks differ, and services reset a moment late. */
const RESET_MARGIN_MS = 60_000;
/** How long a backend is parked if its reset is unknown; doubles each time. */
const UNKNOWN_RESET_MS = 15 * 60_000;
const MAX_UNKNOWN_RESET_MS = 2 * 60 * 60_000;
/** A quota that never comes back must not keep a run alive for ever. */
const MAX_WAITS = 20;

/** What the run does about a failed attempt. */
export type Decision =
  /** The failure is final. */
  | { type: "give_up" }
  /** Try again after so many milliseconds. */
  | { type: "retry"; delay_ms: number }
  /** Try again with this prompt: there was an answer, but in the wrong form. */
  | { type: "repair"; prompt: string }
  /** Park the backend until then (milliseconds since 1970); the task waits for it. */
  | { type: "park"; until: number }
  /** Move on to the next backend of the task's list. With `until`, this backend is parked, too. */
  | { type: "fall_back"; until?: number };

export interface Situation {
  failure: Failure;
  /** The variant of the task that failed, but with the `fallback_on` of the original task. */
  task: Pick<Task, "retries" | "retry_on" | "retry_on_side_effects" | "fallback_on">;
  /** The agent may have changed something. */
  may_have_written: boolean;
  /** Offered by a `schema_invalid` attempt. */
  repair_prompt?: string | undefined;
  repaired: boolean;
  /** Retries that were already used. */
  retries: number;
  /** How often the task waited for a quota. */
  waits: number;
  has_fallback: boolean;
  on_quota: OnQuota;
  /** Milliseconds since 1970. */
  now: number;
  /** In [0, 1). */
  random(): number;
}

export function decide(situation: Situation): Decision {
  const { failure, task, now } = situation;
  if (situation.may_have_written && !task.retry_on_side_effects) return { type: "give_up" };
  if (failure.kind === "schema_invalid" && situation.repair_prompt !== undefined && !situation.repaired)
    return { type: "repair", prompt: situation.repair_prompt };
  if (isQuota(failure, now)) return decideQuota(situation);
  if (situation.retries < (task.retries ?? DEFAULT_RETRIES) && task.retry_on.includes(failure.kind))
    return { type: "retry", delay_ms: retryDelay(situation) };
  return fallBackIfAsked(situation);
}

function decideQuota(situation: Situation): Decision {
  const until = parkedUntil(situation);
  if (situation.on_quota === "fallback" && situation.has_fallback) return { type: "fall_back", until };
  if (situation.on_quota === "fail" || situation.waits >= MAX_WAITS) return fallBackIfAsked(situation);
  return { type: "park", until };
}

function fallBackIfAsked({ task, failure, has_fallback }: Situation): Decision {
  return has_fallback && task.fallback_on.includes(failure.kind) ? { type: "fall_back" } : { type: "give_up" };
}

/** A rate limit with a long wait counts as a quota, too. */
function isQuota(failure: Failure, now: number): boolean {
  if (failure.kind === "quota_exhausted") return true;
  return failure.kind === "rate_limited" && isQuotaWait(askedDelay(failure, now) / 1000);
}

/** Exponential backoff with full jitter, but never shorter than the wait that the service asks for. */
function retryDelay({ failure, retries, now, random }: Situation): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** retries);
  return Math.max(askedDelay(failure, now), Math.round(random() * ceiling));
}

/** A reset that has just passed (stale texts are real) means a retry soon, not a day later. */
function parkedUntil({ failure, waits, now }: Situation): number {
  const reset = failure.resets_at === undefined ? Number.NaN : Date.parse(failure.resets_at);
  const asked = failure.retry_after_seconds === undefined ? Number.NaN : now + failure.retry_after_seconds * 1000;
  const known = Number.isNaN(reset) ? asked : reset;
  if (Number.isNaN(known)) return now + Math.min(MAX_UNKNOWN_RESET_MS, UNKNOWN_RESET_MS * 2 ** waits);
  return Math.max(known, now) + RESET_MARGIN_MS;
}

/** How long the service asks to be left alone, in milliseconds from now; 0 if it does not say. */
function askedDelay(failure: Failure, now: number): number {
  const reset = failure.resets_at === undefined ? 0 : Date.parse(failure.resets_at) - now;
  return Math.max(0, reset || 0, (failure.retry_after_seconds ?? 0) * 1000);
}
