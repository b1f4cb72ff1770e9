// Reduces the events of a run to what a report of it needs afterwards: how it began, and how each of its tasks ended last.
import type { RunEvent } from "../schema/event.js";

/**
 * The start of the run, the last end of each task in the order of these ends, and the last end of the run. `keep` is asked about each
 * of them as it comes: what it returns is held instead, and nothing if that is `undefined`.
 */
export function lastEnds(
  events: Iterable<RunEvent>,
  keep: (event: RunEvent) => RunEvent | undefined = (event) => event,
): RunEvent[] {
  const ends = new Map<string, RunEvent>();
  for (const event of events) {
    if (!["run_started", "task_finished", "run_finished"].includes(event.type)) continue;
    const kept = keep(event);
    if (kept === undefined) continue;
    const key = event.type === "task_finished" ? `task ${event.task_id}` : event.type;
    ends.delete(key);
    ends.set(key, kept);
  }
  return [...ends.values()];
}
