// The live view's state of a run: its folded events, and the durations learned from them.
import type { PlannedTask, RunEvent } from "../../schema/event.js";
import { allTasks, counts, emptyRun, fold, plannedTasks, type RunState } from "../../summary/summary.js";
import { type Doing, emptyTimeline, type Lane, type Timeline, trackState } from "../../summary/timeline.js";
import { extend } from "../../summary/timeline-fold.js";
import { goesOnAt } from "../text/failure-text.js";

/** Settings of the plan that the events don't repeat. */
export interface LiveRules {
  /** How many tasks of each backend may run at once. */
  lane_caps: Readonly<Record<string, number>>;
  /** Whether tasks wait until a quota resets; otherwise they end as WAITING. */
  waits_for_quota: boolean;
}

export interface RunningTask {
  name: string;
  backend: string;
  /** First start of the task, in milliseconds since 1970. */
  since: number;
  doing: Doing;
  /** Of this attempt, so far; absent where the CLI does not tell before the end. */
  tokens?: number;
}

export interface LiveState {
  rules: LiveRules;
  run: RunState;
  timeline: Timeline;
  /** By task id, the judge of the run included. */
  planned: Map<string, PlannedTask>;
  /** Of the tasks that succeeded: seconds in sum and number, by backend. */
  durations: Map<string, { seconds: number; count: number }>;
}

export function emptyLive(rules: LiveRules): LiveState {
  return {
    rules,
    run: emptyRun({ keep_content: false }),
    // A frame shows what a task does now, and nothing of what it did before.
    timeline: emptyTimeline({ text: 0, steps: 0 }),
    planned: new Map(),
    durations: new Map(),
  };
}

/** Takes one more event into `state`, in place. Costs the same for the millionth event of a task as for the first. */
export function foldLive(state: LiveState, event: RunEvent): void {
  fold(state.run, event);
  extend(state.timeline, event);
  if (event.type === "task_finished") learn(state, event);
  if (event.type === "run_started") for (const task of allTasks(event)) state.planned.set(task.task_id, task);
}

/** The tasks that run, those that began first first. */
export function runningTasks({ timeline, planned }: LiveState): RunningTask[] {
  const running: RunningTask[] = [];
  for (const track of timeline.tracks.values()) {
    if (trackState(track) !== "running") continue;
    const { task_id, backend, since = 0, doing, tokens } = track;
    const name = planned.get(task_id)?.name ?? task_id;
    running.push({ name, backend, since, doing, ...(tokens === undefined ? {} : { tokens }) });
  }
  return running.sort((a, b) => a.since - b.since);
}

/** How many tasks run, wait, and have ended in which way; they add up to `total`, except for the judge, which is not one of them. */
export interface LiveCounts {
  total: number;
  completed: number;
  failed: number;
  canceled: number;
  running: number;
  /** Wait for a slot. */
  queued: number;
  /** Were tried and wait before the next attempt. */
  retrying: number;
  /** By backend: wait until it answers again. */
  paused: Map<string, { tasks: number; at: number }>;
  /** Wait until a quota resets, or ended because of one. */
  quota: number;
  /** The earliest moment at which some of them continue, ISO 8601. */
  quota_until?: string;
}

export function liveCounts(state: LiveState, now: number): LiveCounts {
  const { total, completed, failed, canceled, waiting } = counts(state.run);
  const running = runningTasks(state).length;
  const none = { queued: 0, retrying: 0, paused: new Map() };
  const found: LiveCounts = { total, completed, failed, canceled, running, ...none, quota: waiting };
  for (const { backend, at } of unstarted(state)) {
    const lane = state.timeline.lanes.get(backend);
    const resets = resetOf(lane, now);
    if (resets !== undefined) {
      found.quota += 1;
      const first = found.quota_until === undefined || Date.parse(resets) < Date.parse(found.quota_until);
      if (first) found.quota_until = resets;
    } else if (lane?.paused) {
      const tasks = (found.paused.get(backend)?.tasks ?? 0) + 1;
      found.paused.set(backend, { tasks, at: lane.paused.until });
    } else if (at > now) found.retrying += 1;
    else found.queued += 1;
  }
  return found;
}

/** When the quota of a parked backend resets, as people are told it; `undefined` = it is not parked. */
function resetOf(lane: Lane | undefined, now: number): string | undefined {
  if (lane?.failure === undefined || (lane.parked_until ?? 0) <= now) return undefined;
  return goesOnAt(lane.failure, now, new Date(lane.parked_until ?? 0).toISOString());
}

/** The tasks that neither run nor have ended, in file order, the judge left out; `at` is when they may start, 0 = at any time. */
export function* unstarted({ run, timeline }: LiveState): Generator<{ backend: string; at: number }> {
  if (run.finished) return;
  for (const { task_id, backend } of plannedTasks(run)) {
    const track = timeline.tracks.get(task_id);
    if (run.results.has(task_id) || (track && trackState(track) === "running")) continue;
    yield { backend: track?.backend ?? backend, at: track?.retry_at ?? 0 };
  }
}

function learn(state: LiveState, { result }: Extract<RunEvent, { type: "task_finished" }>): void {
  if (result.status !== "OK") return;
  const known = state.durations.get(result.backend) ?? { seconds: 0, count: 0 };
  state.durations.set(result.backend, {
    seconds: known.seconds + result.duration_seconds,
    count: known.count + 1,
  });
}
