// What becomes of a backend's lane, in one line.
import type { RunEvent } from "../schema/event.js";
import { momentWords } from "../util/time-words.js";
import { causeWords, goesOnAt } from "./failure-words.js";

export type LaneEvent = Extract<RunEvent, { type: "lane_changed" | "lane_parked" }>;

/** E.g. `claude: Quota used up; its tasks wait until 15:50 (in 2 h 3 min)`. */
export function laneWords(event: LaneEvent): string {
  if (event.type === "lane_parked") {
    const { backend, failure } = event;
    const now = Date.parse(event.time);
    const until = momentWords(goesOnAt(failure, now, event.until), now);
    return `${backend}: ${causeWords(failure)}; its tasks wait until ${until}`;
  }
  const at_most = `at most ${event.limit} ${event.limit === 1 ? "task" : "tasks"} at once`;
  return event.reason === "throttled"
    ? `${event.backend}: the service is slowing us down; ${at_most} until it recovers`
    : `${event.backend}: recovering; ${at_most} now`;
}
