// What `summary.ts` does not keep of a run: when each task queued, waited, ran and was tried again, and what it says
// meanwhile. A fold over the same events. Pure.
import type { RunEvent } from "../../src/schema/event.js";
import type { Failure } from "../../src/schema/failure.js";
import type { Status } from "../../src/schema/result.js";
import { allTasks } from "../../src/summary/summary.js";

export type SegmentKind = "queued" | "quota" | "running" | "pause";

/** A stretch of a task's time. Milliseconds of the run's own time, see `Timeline.start`. */
export interface Segment {
  kind: SegmentKind;
  from: number;
  /** Absent while it lasts. */
  to?: number;
  /** Of `running`: how the attempt ended. */
  ended?: "retried" | Status;
}

export type PastSegment = Segment & { to: number };

export interface Activity {
  kind: "tool_call" | "tool_result" | "tool_refused" | "note" | "stderr";
  text: string;
  tool?: string;
}

export interface Setback {
  attempt: number;
  backend: string;
  failure: Failure;
  delay_seconds: number;
}

/** One task's way through the run. */
export interface Track {
  task_id: string;
  /** Who does it now: another one than was asked for after a fallback. */
  backend: string;
  attempt: number;
  segments: Segment[];
  /** The end of the live text. */
  text: string;
  /** The latest steps. */
  activity: Activity[];
  /** Failures after which it was tried again. */
  setbacks: Setback[];
  command?: string;
  /** Once it has ended. */
  status?: Status;
}

export interface Timeline {
  tracks: Map<string, Track>;
  /** Milliseconds since 1970 of the first event: 0 of the run's own time, from which pauses between resumes are cut out. */
  start: number;
  skipped: number;
  /** When the latest event happened. */
  last: number;
  /** When the run was taken up again. */
  resumed: number[];
  notes: { at: number; text: string; task_id?: string }[];
  /** Until when a backend's lane starts nothing. */
  parked: Map<string, number>;
  last_seq: number;
}

/** Kept per task of what it says and does: enough to look on, little enough for a thousand tasks. */
const TEXT_KEPT = 8000;
const ACTIVITY_KEPT = 100;

export function emptyTimeline(): Timeline {
  const [start, skipped, last, last_seq] = [0, 0, 0, 0];
  return { tracks: new Map(), start, skipped, last, resumed: [], notes: [], parked: new Map(), last_seq };
}

/** The run's own time of a moment in milliseconds since 1970. */
export function runTime(timeline: Timeline, moment: number): number {
  return moment - timeline.start - timeline.skipped;
}

/** Takes one more event, in place; events that were seen already are passed over. */
export function extend(timeline: Timeline, event: RunEvent): void {
  if (event.seq <= timeline.last_seq) return;
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
      const how = event.reason === "throttled" ? "is throttled to" : "recovers to";
      timeline.notes.push({ at, text: `${event.backend} ${how} ${event.limit} at once` });
      break;
    }
    case "lane_parked":
      timeline.notes.push({ at, text: `${event.backend}: ${event.failure.message}` });
      timeline.parked.set(event.backend, runTime(timeline, Date.parse(event.until)));
      for (const track of timeline.tracks.values()) {
        if (track.backend === event.backend && openKind(track) === "queued") turn(timeline, track, "quota", at);
      }
      break;
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
      turn(timeline, track, "running", at);
      track.command = event.command;
      track.text = "";
      break;
    case "task_output":
      track.text = (track.text + event.text).slice(-TEXT_KEPT);
      break;
    case "task_activity": {
      const { kind, text, tool } = event;
      track.activity.push({ kind, text, ...(tool === undefined ? {} : { tool }) });
      if (track.activity.length > ACTIVITY_KEPT) track.activity.shift();
      break;
    }
    case "task_retrying": {
      const { attempt, failure, delay_seconds } = event;
      track.setbacks.push({ attempt, backend: track.backend, failure, delay_seconds });
      track.backend = event.backend;
      close(timeline, track, at, "retried");
      const isParked = (timeline.parked.get(track.backend) ?? 0) > at;
      turn(timeline, track, isParked ? "quota" : "pause", at);
      break;
    }
    case "task_finished":
      track.status = event.result.status;
      track.backend = event.result.backend;
      close(timeline, track, at, event.result.status);
      break;
    default:
      event satisfies never;
  }
}

/** What a task does now. */
export function trackState(track: Track): SegmentKind | Status {
  return track.status ?? openKind(track) ?? "CANCELED";
}

/** The segments as they are at a moment of the run's time: those that last reach to it. */
export function segmentsAt(timeline: Timeline, track: Track, now: number): PastSegment[] {
  return track.segments.flatMap((one) =>
    one.to === undefined ? ending(timeline, track, one, Math.max(now, one.from)) : [{ ...one, to: one.to }],
  );
}

function newTrack(task_id: string, backend: string): Track {
  const segments: Segment[] = [{ kind: "queued", from: 0 }];
  return { task_id, backend, attempt: 0, segments, text: "", activity: [], setbacks: [] };
}

function requeue(track: Track | undefined, at: number): void {
  if (!track) return;
  const open = track.segments.at(-1);
  // Its process ended without a word.
  if (open && open.to === undefined) open.to = at;
  delete track.status;
  track.attempt = 0;
  track.text = "";
  track.segments.push({ kind: "queued", from: at });
}

function openKind(track: Track): SegmentKind | undefined {
  const open = track.segments.at(-1);
  return open === undefined || open.to !== undefined ? undefined : open.kind;
}

function turn(timeline: Timeline, track: Track, kind: SegmentKind, at: number): void {
  close(timeline, track, at);
  track.segments.push({ kind, from: at });
}

function close(timeline: Timeline, track: Track, at: number, ended?: Segment["ended"]): void {
  const open = track.segments.at(-1);
  if (open === undefined || open.to !== undefined) return;
  const parts = ending(timeline, track, open, at);
  if (open.kind === "running" && ended !== undefined) for (const part of parts) part.ended = ended;
  track.segments.splice(-1, 1, ...parts);
}

/** An open segment, ended: who waited for a quota has waited for a slot since the quota was reset. */
function ending(timeline: Timeline, track: Track, open: Segment, at: number): PastSegment[] {
  const reset = timeline.parked.get(track.backend);
  if (open.kind !== "quota" || reset === undefined || reset >= at || reset < open.from) return [{ ...open, to: at }];
  return [
    { ...open, to: reset },
    { kind: "queued", from: reset, to: at },
  ];
}
