// What the live view knows of a run, as a fold over its events: who runs since when and does what, and who waits for what.
import type { PlannedTask, RunEvent } from "../../schema/event.js";
import { allTasks, counts, emptyRun, fold, plannedTasks, type RunState } from "../../summary/summary.js";
import { goesOnAt } from "../text/failure-text.js";

/** What the plan says about how a run goes on; the events don't repeat it. */
export interface LiveRules {
  /** How many tasks of each backend may run at once. */
  lane_caps: Readonly<Record<string, number>>;
  /** Whether tasks wait until a quota resets; otherwise they end as WAITING. */
  waits_for_quota: boolean;
}

/** What an agent does: its last tool call, or the end of what it says. Raw text of others. */
export interface Doing {
  tool?: string;
  text: string;
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
  /** By task id, the judge of the run included. */
  planned: Map<string, PlannedTask>;
  running: Map<string, RunningTask>;
  /** Tasks that were tried and wait for another attempt: on which backend, and from when on (milliseconds since 1970). */
  again: Map<string, { since: number; backend: string; at: number }>;
  lanes: Map<string, Lane>;
  /** Of the tasks that succeeded: seconds in sum and number, by backend. */
  durations: Map<string, { seconds: number; count: number }>;
}

interface Lane {
  /** How many at once at present, if it was throttled. */
  limit?: number;
  /** Starts nothing before (milliseconds since 1970). */
  parked_until?: number;
  /** When the quota resets: what people are told. */
  resets?: string;
}

/** So much of the live text is kept for each task, in UTF-16 units. */
const TAIL_UNITS = 512;

export function emptyLive(rules: LiveRules): LiveState {
  return {
    rules,
    run: emptyRun({ keep_content: false }),
    planned: new Map(),
    running: new Map(),
    again: new Map(),
    lanes: new Map(),
    durations: new Map(),
  };
}

/** Takes one more event into `state`, in place. Costs the same for the millionth event of a task as for the first. */
export function foldLive(state: LiveState, event: RunEvent): void {
  fold(state.run, event);
  switch (event.type) {
    case "task_started":
      start(state, event);
      break;
    case "task_output": {
      const task = state.running.get(event.task_id);
      if (task === undefined) break;
      const before = task.doing.tool === undefined ? task.doing.text : "";
      task.doing = { text: (before + event.text.slice(-TAIL_UNITS)).slice(-TAIL_UNITS) };
      break;
    }
    case "task_activity": {
      const task = state.running.get(event.task_id);
      if (task === undefined) break;
      if (event.tokens !== undefined) task.tokens = event.tokens;
      if (event.kind === "tool_call") task.doing = { tool: event.tool ?? "tool", text: event.text };
      else if (event.kind === "tool_refused") task.doing = { tool: `refused ${event.tool ?? ""}`, text: event.text };
      else if (event.kind === "note") task.doing = { tool: "note", text: event.text };
      break;
    }
    case "task_retrying": {
      const since = leave(state, event.task_id) ?? state.again.get(event.task_id)?.since ?? Date.parse(event.time);
      const at = Date.parse(event.time) + event.delay_seconds * 1000;
      state.again.set(event.task_id, { since, backend: event.backend, at });
      break;
    }
    case "lane_changed":
      laneOf(state, event.backend).limit = event.limit;
      break;
    case "lane_parked": {
      const lane = laneOf(state, event.backend);
      lane.parked_until = Date.parse(event.until);
      lane.resets = goesOnAt(event.failure, Date.parse(event.time), event.until);
      break;
    }
    case "task_finished":
      leave(state, event.task_id);
      state.again.delete(event.task_id);
      learn(state, event);
      break;
    case "run_finished":
      state.running.clear();
      break;
    case "run_started":
      for (const task of allTasks(event)) state.planned.set(task.task_id, task);
      break;
    case "run_resumed":
    case "warning":
      break;
    default:
      event satisfies never;
  }
}

/** How many tasks run, wait, and have ended in which way; they add up to `total`, unless the judge runs, who is not one of them. */
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
  /** Wait until a quota resets, or ended because of one. */
  quota: number;
  /** The first moment at which some of them go on, ISO 8601. */
  quota_until?: string;
}

export function liveCounts(state: LiveState, now: number): LiveCounts {
  const { total, completed, failed, canceled, waiting } = counts(state.run);
  const running = state.running.size;
  const found: LiveCounts = { total, completed, failed, canceled, running, queued: 0, retrying: 0, quota: waiting };
  for (const { backend, at } of unstarted(state)) {
    const lane = state.lanes.get(backend);
    if (lane?.resets !== undefined && (lane.parked_until ?? 0) > now) {
      found.quota += 1;
      const first = found.quota_until === undefined || Date.parse(lane.resets) < Date.parse(found.quota_until);
      if (first) found.quota_until = lane.resets;
    } else if (at > now) found.retrying += 1;
    else found.queued += 1;
  }
  return found;
}

/** The tasks that neither run nor have ended, in file order, the judge left out; `at` is when they may start, 0 = at any time. */
export function* unstarted(state: LiveState): Generator<{ backend: string; at: number }> {
  for (const { task_id, backend } of plannedTasks(state.run)) {
    if (state.running.has(task_id) || state.run.results.has(task_id) || state.run.finished) continue;
    yield state.again.get(task_id) ?? { backend, at: 0 };
  }
}

function start(state: LiveState, { task_id, time }: Extract<RunEvent, { type: "task_started" }>): void {
  if (state.run.results.has(task_id)) return;
  const planned = state.planned.get(task_id);
  const before = state.again.get(task_id);
  state.again.delete(task_id);
  const name = planned?.name ?? task_id;
  const backend = before?.backend ?? planned?.backend ?? "";
  state.running.set(task_id, { name, backend, since: before?.since ?? Date.parse(time), doing: { text: "" } });
}

/** The task does not run any more; returns since when it did. */
function leave(state: LiveState, taskId: string): number | undefined {
  const since = state.running.get(taskId)?.since;
  state.running.delete(taskId);
  return since;
}

function learn(state: LiveState, { result }: Extract<RunEvent, { type: "task_finished" }>): void {
  if (result.status !== "OK") return;
  const known = state.durations.get(result.backend) ?? { seconds: 0, count: 0 };
  state.durations.set(result.backend, {
    seconds: known.seconds + result.duration_seconds,
    count: known.count + 1,
  });
}

function laneOf(state: LiveState, backend: string): Lane {
  const lane = state.lanes.get(backend) ?? {};
  state.lanes.set(backend, lane);
  return lane;
}
