// A failure in a few words, for the OUTPUT column of the summary table.
import type { RunEvent } from "../../schema/event.js";
import type { Failure } from "../../schema/failure.js";
import { KIND_INFO } from "../../schema/failure-kinds/kinds.js";
import { againWords, localMinutes, momentWords } from "../../util/time-text.js";

/** E.g. `Rate limited (429)`, `Quota used up until 2026-07-01 05:00`, `Crashed: killed by SIGSEGV`. Not cut yet. */
export function failureWords(failure: Failure): string {
  const { kind, resets_at } = failure;
  const waits = resets_at !== undefined && (kind === "quota_exhausted" || kind === "rate_limited");
  return `${causeWords(failure)}${waits ? ` until ${localMinutes(resets_at)}` : ""}`;
}

/** The same without a time, for lines that have the time of the next attempt. */
export function causeWords({ kind, message, http_status }: Failure): string {
  const { label, message_follows } = KIND_INFO[kind];
  // The status of a quota failure tells nothing more.
  const status = http_status === undefined || kind === "quota_exhausted" ? "" : ` (${http_status})`;
  return `${label}${status}${message_follows ? `: ${message}` : ""}`;
}

/** When tasks continue: the service's time if it is after `now`, else the time of our next attempt. */
export function goesOnAt({ resets_at }: Failure, now: number, asks_again: string): string {
  return resets_at !== undefined && Date.parse(resets_at) > now ? resets_at : asks_again;
}

export type LaneEvent = Extract<RunEvent, { type: "lane_changed" | "lane_parked" | "lane_paused" }>;

/** E.g. `claude: Quota used up; its tasks wait until 15:50 (in 2 h 3 min)`. */
export function laneWords(event: LaneEvent): string {
  if (event.type === "lane_parked") {
    const { backend, failure } = event;
    const now = Date.parse(event.time);
    const until = momentWords(goesOnAt(failure, now, event.until), now);
    return `${backend}: ${causeWords(failure)}; its tasks wait until ${until}`;
  }
  if (event.type === "lane_paused") {
    const now = Date.parse(event.time);
    const seconds = Math.max(0, Date.parse(event.until) - now) / 1000;
    return `${event.backend}: ${causeWords(event.failure)}; its tasks wait. Trying again ${againWords({ ...event, seconds }, now)}`;
  }
  const at_most = `at most ${event.limit} ${event.limit === 1 ? "task" : "tasks"} at once`;
  return event.reason === "throttled"
    ? `${event.backend}: the service is slowing us down; ${at_most} until it recovers`
    : `${event.backend}: recovering; ${at_most} now`;
}
