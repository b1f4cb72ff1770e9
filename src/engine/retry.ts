// Decides what follows a failed attempt: another one (when, and at which backend), or the end of the task. Pure.
import type { Failure } from "../schema/failure.js";
import { DEFAULT_RETRIES } from "../schema/failure-kinds/kinds.js";
import type { Task } from "../schema/task.js";
import type { OnQuota } from "../schema/task-input.js";
import { isQuota, needsPatience } from "./patience.js";

/** Added to a reset time: clocks differ, and services reset a moment late. */
const RESET_MARGIN_MS = 60_000;
/** How long a backend is parked if its reset is unknown; doubles each time. */
const UNKNOWN_RESET_MS = 15 * 60_000;
const MAX_UNKNOWN_RESET_MS = 2 * 60 * 60_000;
/** A quota that never comes back must not keep a run alive for ever. */
const MAX_WAITS = 20;

/** What the run does about a failed attempt. */
export type Decision =
  /** The failure is final; `out_of_patience`: because it was tried again for long enough. */
  | { type: "give_up"; out_of_patience?: true }
  /** Try again after the pause. */
  | { type: "retry" }
  /** Try again with this prompt: there was an answer, but in the wrong form. */
  | { type: "repair"; prompt: string }
  /** Park the backend until then (milliseconds since 1970); the task waits for it. */
  | { type: "park"; until: number }
  /** Move on to the next backend of the task's list. With `until`, this backend is parked, too. */
  | { type: "fall_back"; until?: number };

export interface Situation {
  failure: Failure;
  /** The variant of the task that failed, but with the `fallback_on` of the original task. */
  task: Pick<Task, "retries" | "patience_seconds" | "retry_on" | "retry_on_side_effects" | "fallback_on">;
  /** The agent may have changed something. */
  may_have_written: boolean;
  /** Offered by a `schema_invalid` attempt. */
  repair_prompt?: string | undefined;
  repaired: boolean;
  /** Retries that were already used. */
  retries: number;
  /** How long such failures have been tried again already, in milliseconds. */
  tried_ms: number;
  /** How long another attempt would have to wait. */
  pause_ms: number;
  /** How often the task waited for a quota. */
  waits: number;
  has_fallback: boolean;
  on_quota: OnQuota;
  /** Milliseconds since 1970. */
  now: number;
}

export function decide(situation: Situation): Decision {
  const { failure, task, now } = situation;
  if (situation.may_have_written && !task.retry_on_side_effects) return { type: "give_up" };
  if (failure.kind === "schema_invalid" && situation.repair_prompt !== undefined && !situation.repaired)
    return { type: "repair", prompt: situation.repair_prompt };
  if (isQuota(failure, now)) return decideQuota(situation);
  if (!task.retry_on.includes(failure.kind) || situation.retries >= maxRetries(situation))
    return fallBackIfAsked(situation);
  return needsPatience(failure) && !hasPatience(situation)
    ? fallBackIfAsked(situation, { type: "give_up", out_of_patience: true })
    : { type: "retry" };
}

/** Time is the limit where waiting helps, unless another backend would take the task meanwhile. */
function maxRetries({ failure, task, has_fallback }: Situation): number {
  const waitingHelps = needsPatience(failure) && !(has_fallback && task.fallback_on.includes(failure.kind));
  return task.retries ?? (waitingHelps ? Number.POSITIVE_INFINITY : DEFAULT_RETRIES);
}

/** Whether another attempt would begin in time. */
export function hasPatience({ task, tried_ms, pause_ms }: Pick<Situation, "task" | "tried_ms" | "pause_ms">): boolean {
  return tried_ms + pause_ms < task.patience_seconds * 1000;
}

function decideQuota(situation: Situation): Decision {
  const until = parkedUntil(situation);
  if (situation.on_quota === "fallback" && situation.has_fallback) return { type: "fall_back", until };
  if (situation.on_quota === "fail" || situation.waits >= MAX_WAITS) return fallBackIfAsked(situation);
  return { type: "park", until };
}

function fallBackIfAsked(
  { task, failure, has_fallback }: Situation,
  otherwise: Decision = { type: "give_up" },
): Decision {
  return has_fallback && task.fallback_on.includes(failure.kind) ? { type: "fall_back" } : otherwise;
}

/** A reset that has just passed (stale texts are real) means a retry soon, not a day later; a second one tells nothing. */
function parkedUntil({ failure, waits, now }: Situation): number {
  const reset = failure.resets_at === undefined ? Number.NaN : Date.parse(failure.resets_at);
  const asked = failure.retry_after_seconds === undefined ? Number.NaN : now + failure.retry_after_seconds * 1000;
  const known = Number.isNaN(reset) ? asked : reset;
  if (Number.isNaN(known) || (known < now && waits > 0))
    return now + Math.min(MAX_UNKNOWN_RESET_MS, UNKNOWN_RESET_MS * 2 ** waits);
  return Math.max(known, now) + RESET_MARGIN_MS;
}
