// Adds events to a timeline. Pure, without Node's modules.
import type { RunEvent } from "../schema/event.js";
import { allTasks } from "./summary.js";
import {
  ending,
  type Lane,
  openKind,
  runTime,
  type Segment,
  type SegmentKind,
  type Timeline,
  type Track,
} from "./timeline.js";

/** How much live text of a task is kept, in UTF-16 units. */
const DOING_KEPT = 512;

/** Adds one event, in place. */
export function extend(timeline: Timeline, event: RunEvent): void {
  timeline.last_seq = event.seq;
  const wall = Date.parse(event.time);
  if (event.type === "run_started") timeline.start = wall;
  if (event.type === "run_resumed") timeline.skipped += Math.max(0, runTime(timeline, wall) - timeline.last);
  const at = Math.max(timeline.last, runTime(timeline, wall));
  timeline.last = at;
  switch (event.type) {
    case "run_started":
      for (const { task_id, backend } of allTasks(event)) timeline.tracks.set(task_id, newTrack(task_id, backend));
      break;
    case "run_resumed":
      timeline.resumed.push(at);
      for (const lane of timeline.lanes.values()) delete lane.paused;
      for (const id of event.remaining) requeue(timeline.tracks.get(id), at);
      break;
    case "warning":
      timeline.notes.push({
        at,
        text: event.message,
        ...(event.task_id === undefined ? {} : { task_id: event.task_id }),
      });
      break;
    case "lane_changed": {
      const lane = laneOf(timeline, event.backend);
      lane.limit = event.limit;
      if (event.reason === "recovered") delete lane.paused;
      const how = event.reason === "throttled" ? "is throttled to" : "recovers to";
      timeline.notes.push({ at, text: `${event.backend} ${how} ${event.limit} at once` });
      break;
    }
    case "lane_parked": {
      const lane = laneOf(timeline, event.backend);
      lane.parked_until = Date.parse(event.until);
      lane.failure = event.failure;
      timeline.notes.push({ at, text: `${event.backend}: ${event.failure.message}` });
      delete lane.paused;
      for (const track of timeline.tracks.values()) {
        const kind = openKind(track);
        if (track.backend === event.backend && (kind === "queued" || kind === "pause"))
          open(timeline, track, "quota", at);
      }
      break;
    }
    case "lane_paused": {
      const { backend, failure, asked_by_service, patience_until } = event;
      const until = Date.parse(event.until);
      laneOf(timeline, backend).paused = { until, failure, asked_by_service, patience_until };
      timeline.notes.push({ at, text: `${backend}: ${failure.message}` });
      break;
    }
    case "run_finished":
      for (const track of timeline.tracks.values()) close(timeline, track, at);
      break;
    default: {
      const track = timeline.tracks.get(event.task_id);
      if (track) extendTrack(timeline, track, event, at);
    }
  }
}

type TaskEvent = Extract<RunEvent, { attempt: number }>;

function extendTrack(timeline: Timeline, track: Track, event: TaskEvent, at: number): void {
  track.attempt = event.attempt;
  switch (event.type) {
    case "task_started":
      open(timeline, track, "running", at);
      track.since ??= Date.parse(event.time);
      track.command = event.command;
      track.text = "";
      track.doing = { text: "" };
      delete track.retry_at;
      delete track.tokens;
      break;
    case "task_output": {
      const { text } = timeline.kept;
      if (text > 0) track.text = (track.text + event.text).slice(-text);
      const before = track.doing.tool === undefined ? track.doing.text : "";
      track.doing = { text: (before + event.text.slice(-DOING_KEPT)).slice(-DOING_KEPT) };
      break;
    }
    case "task_activity":
      takeActivity(timeline, track, event);
      break;
    case "task_retrying": {
      const { attempt, failure, delay_seconds, asked_by_service, patience_until } = event;
      const wall = Date.parse(event.time);
      track.setbacks.push({
        attempt,
        backend: track.backend,
        failure,
        delay_seconds,
        asked_by_service,
        patience_until,
      });
      track.backend = event.backend;
      track.since ??= wall;
      track.retry_at = wall + delay_seconds * 1000;
      close(timeline, track, at, { ended: "retried", failure });
      const isParked = (timeline.lanes.get(track.backend)?.parked_until ?? 0) > wall;
      open(timeline, track, isParked ? "quota" : "pause", at);
      break;
    }
    case "task_finished": {
      const { status, backend, start_time, end_time } = event.result;
      track.status = status;
      track.backend = backend;
      delete track.retry_at;
      // A resumed run repeats only the results of its past, not the other events.
      if (start_time && end_time && !track.segments.some(({ kind }) => kind === "running"))
        open(timeline, track, "running", Math.min(at, Math.max(0, runTime(timeline, Date.parse(start_time)))));
      close(timeline, track, at, { ended: status });
      break;
    }
    default:
      event satisfies never;
  }
}

function takeActivity(
  { kept }: Timeline,
  track: Track,
  { kind, text, tool, tokens }: Extract<RunEvent, { type: "task_activity" }>,
): void {
  if (tokens !== undefined) track.tokens = tokens;
  track.activity.push({ kind, text, ...(tool === undefined ? {} : { tool }) });
  if (track.activity.length > kept.steps) track.activity.shift();
  if (kind === "tool_call") track.doing = { tool: tool ?? "tool", text };
  else if (kind === "tool_refused") track.doing = { tool: `refused ${tool ?? ""}`, text };
  else if (kind === "note") track.doing = { tool: "note", text };
}

/** Ends the open tasks of a run whose process is gone without `run_finished`. */
export function interrupt(timeline: Timeline): void {
  for (const track of timeline.tracks.values()) {
    const kind = openKind(track);
    if (kind === undefined || (kind === "queued" && track.attempt === 0)) continue;
    close(timeline, track, timeline.last);
    track.interrupted = true;
  }
}

function newTrack(task_id: string, backend: string): Track {
  const segments: Segment[] = [{ kind: "queued", from: 0 }];
  return { task_id, backend, attempt: 0, doing: { text: "" }, segments, text: "", activity: [], setbacks: [] };
}

function requeue(track: Track | undefined, at: number): void {
  if (!track) return;
  const last = track.segments.at(-1);
  // Its process ended without reporting it.
  if (last && last.to === undefined) last.to = at;
  delete track.status;
  delete track.interrupted;
  delete track.since;
  delete track.retry_at;
  track.attempt = 0;
  track.text = "";
  track.segments.push({ kind: "queued", from: at });
}

/** Begins a segment, and ends the previous one. */
function open(timeline: Timeline, track: Track, kind: SegmentKind, at: number): void {
  close(timeline, track, at);
  track.segments.push({ kind, from: at });
}

/** Ends the open segment; only an attempt keeps its status. */
function close(timeline: Timeline, track: Track, at: number, end: Pick<Segment, "ended" | "failure"> = {}): void {
  const last = track.segments.at(-1);
  if (last === undefined || last.to !== undefined) return;
  const parts = ending(timeline, track, last, at);
  track.segments.splice(-1, 1, ...(last.kind === "running" ? parts.map((part) => ({ ...part, ...end })) : parts));
}

function laneOf(timeline: Timeline, backend: string): Lane {
  const lane = timeline.lanes.get(backend) ?? {};
  timeline.lanes.set(backend, lane);
  return lane;
}
