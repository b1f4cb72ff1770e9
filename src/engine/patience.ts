// How long to wait before another attempt, and for how long there are any: failures in a row, their pauses, what a service
// asks for. Pure.
import { type Failure, isQuotaWait } from "../schema/failure.js";
import { RETRIED_KINDS } from "../schema/failure-kinds/kinds.js";
import { spanWords } from "../util/time-text.js";

/** Seconds; the last one is repeated. */
const STEPS = [5, 10, 20, 40, 60];
/** Added to a pause at most, so that several clinvk do not come back at once: a part of a pause of ours. */
const JITTER_PART = 0.25;
/** The same for a pause that the service asks for, in milliseconds. */
const JITTER_MS = 1000;

export interface Pause {
  ms: number;
  /** The service asks for it. */
  asked: boolean;
}

/** Failures in a row. */
export interface Failing {
  /** How many, the latest included. */
  count: number;
  /** Milliseconds since the first one. */
  tried_ms: number;
}

/** Counts failures in a row. Moments are monotonic, in milliseconds. */
export class Streak {
  #count = 0;
  #since = 0;

  /** One more failure. */
  add(now: number): Failing {
    if (this.#count === 0) this.#since = now;
    this.#count += 1;
    return this.look(now);
  }

  look(now: number): Failing {
    return { count: this.#count, tried_ms: this.#count === 0 ? 0 : now - this.#since };
  }

  /** The row is over. */
  end(): void {
    this.#count = 0;
  }
}

/** Whether the failure passes by itself, so that it is tried again as long as the task's `patience_seconds` last. */
export function needsPatience({ kind }: Failure): boolean {
  return RETRIED_KINDS.includes(kind);
}

/** Whether the whole backend has to wait: it asks to slow down. `now` in milliseconds since 1970. */
export function isThrottle(failure: Failure, now: number): boolean {
  return (failure.kind === "rate_limited" || failure.kind === "overloaded") && !isQuota(failure, now);
}

/** A throttle with a long wait counts as a used-up quota, too. */
export function isQuota(failure: Failure, now: number): boolean {
  if (failure.kind === "quota_exhausted") return true;
  const throttles = failure.kind === "rate_limited" || failure.kind === "overloaded";
  return throttles && isQuotaWait(askedMs(failure, now) / 1000);
}

/**
 * The pause after the latest of `count` failures in a row. What the service asks for always counts; if it was not
 * enough, it is lengthened like a pause of ours. A pause of ours is shortened to use the rest of the patience, of
 * `left_ms`. A failure that no patience is for is not helped by waiting. `random` is in [0, 1).
 */
export function pauseAfter(failure: Failure, count: number, left_ms: number, now: number, random: number): Pause {
  const asked = pauseAsked(failure, now, random);
  const step = asked.asked ? count - 2 : count - 1;
  if (!needsPatience(failure) || step < 0) return asked;
  const jittered = (seconds = 0) => Math.round(seconds * 1000 * (1 + JITTER_PART * random));
  const ours = jittered(STEPS[Math.min(step, STEPS.length - 1)]);
  const ms = Math.max(jittered(STEPS[0]), Math.min(ours, Math.floor(left_ms) - 1));
  return ms > asked.ms ? { ms, asked: false } : asked;
}

/** Only what the service asks for; 0 ms if it does not say. */
export function pauseAsked(failure: Failure, now: number, random: number): Pause {
  const ms = askedMs(failure, now);
  return ms > 0 ? { ms: Math.round(ms + JITTER_MS * random), asked: true } : { ms: 0, asked: false };
}

/** How long the service asks to be left alone, in milliseconds from now; 0 if it does not say. */
function askedMs(failure: Failure, now: number): number {
  const reset = failure.resets_at === undefined ? 0 : Date.parse(failure.resets_at) - now;
  return Math.max(0, reset || 0, (failure.retry_after_seconds ?? 0) * 1000);
}

/** The failure, with how long it was tried again; `backend`: because that has not answered all the time. */
export function outOfPatience(failure: Failure, tried_ms: number, backend: string | undefined): Failure {
  if (tried_ms < 1000) return failure;
  const time = spanWords(tried_ms / 1000);
  const words = backend === undefined ? `clinvk tried for ${time}` : `${backend} has not answered for ${time}`;
  return { ...failure, message: `${failure.message.replace(/[.\s]+$/, "")}; ${words}` };
}
