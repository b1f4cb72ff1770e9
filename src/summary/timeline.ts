// When each task of a run queued, waited, ran and was tried again, and what it says and does meanwhile: what `summary.ts`
// does not keep. A fold over the same events, for the live view, the HTML report and the web page. Pure, without Node's modules.
import type { RunEvent } from "../schema/event.js";
import type { Failure } from "../schema/failure.js";
import type { Status } from "../schema/result.js";
import { allTasks } from "./summary.js";

export type SegmentKind = "queued" | "quota" | "running" | "pause";

/** A stretch of a task's time. Milliseconds of the run's own time, see `Timeline.start`. */
export interface Segment {
  kind: SegmentKind;
  from: number;
  /** Absent while it lasts. */
  to?: number;
  /** Of `running`: how the attempt ended. */
  ended?: "retried" | Status;
  /** Why the attempt was followed by another one. */
  failure?: Failure;
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

/** What an agent does: its last tool call, or the end of what it has said since. Raw text of others. */
export interface Doing {
  tool?: string;
  text: string;
}

/** One task's way through the run. */
export interface Track {
  task_id: string;
  /** The backend that has it now: after a fallback another one than was asked for. */
  backend: string;
  attempt: number;
  /** Its first start, in milliseconds since 1970; of a task that was resumed, the first one since then. */
  since?: number;
  /** After a failed attempt: before this moment the next one does not start. Milliseconds since 1970. */
  retry_at?: number;
  /** Tokens of this attempt so far; absent where the CLI does not tell before the end. */
  tokens?: number;
  doing: Doing;
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
  /** By backend, once something is known of it. */
  lanes: Map<string, Lane>;
  last_seq: number;
  readonly kept: Kept;
}

/** How a backend's queue stands. */
export interface Lane {
  /** How many of its tasks run at once at present, if it was throttled. */
  limit?: number;
  /** Its quota is used up: nothing starts before this moment, in milliseconds since 1970. */
  parked_until?: number;
  /** Why it was parked last. */
  failure?: Failure;
}

/** How much is kept per task of what it says, in UTF-16 units, and of its steps. */
export interface Kept {
  text: number;
  steps: number;
}

/** Enough to look on, little enough for a thousand tasks. */
const KEPT: Kept = { text: 8000, steps: 100 };
const DOING_KEPT = 512;

export function emptyTimeline(kept: Kept = KEPT): Timeline {
  const [start, skipped, last, last_seq] = [0, 0, 0, 0];
  return { tracks: new Map(), start, skipped, last, resumed: [], notes: [], lanes: new Map(), last_seq, kept };
}

/** The run's own time of a moment in milliseconds since 1970. */
export function runTime(timeline: Timeline, moment: number): number {
  return moment - timeline.start - timeline.skipped;
}

/** Takes one more event, in place. */
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
      laneOf(timeline, event.backend).limit = event.limit;
      const how = event.reason === "throttled" ? "is throttled to" : "recovers to";
      timeline.notes.push({ at, text: `${event.backend} ${how} ${event.limit} at once` });
      break;
    }
    case "lane_parked": {
      const lane = laneOf(timeline, event.backend);
      lane.parked_until = Date.parse(event.until);
      lane.failure = event.failure;
      timeline.notes.push({ at, text: `${event.backend}: ${event.failure.message}` });
      for (const track of timeline.tracks.values()) {
        if (track.backend === event.backend && openKind(track) === "queued") open(timeline, track, "quota", at);
      }
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
      const { attempt, failure, delay_seconds } = event;
      const wall = Date.parse(event.time);
      track.setbacks.push({ attempt, backend: track.backend, failure, delay_seconds });
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
      // Of the past of a resumed run only the results are told again.
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
  return { task_id, backend, attempt: 0, doing: { text: "" }, segments, text: "", activity: [], setbacks: [] };
}

function requeue(track: Track | undefined, at: number): void {
  if (!track) return;
  const last = track.segments.at(-1);
  // Its process ended without a word.
  if (last && last.to === undefined) last.to = at;
  delete track.status;
  delete track.since;
  delete track.retry_at;
  track.attempt = 0;
  track.text = "";
  track.segments.push({ kind: "queued", from: at });
}

function openKind(track: Track): SegmentKind | undefined {
  const last = track.segments.at(-1);
  return last === undefined || last.to !== undefined ? undefined : last.kind;
}

/** Begins a segment; the one before it ends. */
function open(timeline: Timeline, track: Track, kind: SegmentKind, at: number): void {
  close(timeline, track, at);
  track.segments.push({ kind, from: at });
}

/** Ends the open segment; how it ended is kept of an attempt only. */
function close(timeline: Timeline, track: Track, at: number, end: Pick<Segment, "ended" | "failure"> = {}): void {
  const last = track.segments.at(-1);
  if (last === undefined || last.to !== undefined) return;
  const parts = ending(timeline, track, last, at);
  track.segments.splice(-1, 1, ...(last.kind === "running" ? parts.map((part) => ({ ...part, ...end })) : parts));
}

/** An open segment, ended. A task that waited for a quota waits for a slot since the quota was reset. */
function ending(timeline: Timeline, track: Track, last: Segment, at: number): PastSegment[] {
  const until = timeline.lanes.get(track.backend)?.parked_until;
  const reset = until === undefined ? at : runTime(timeline, until);
  if (last.kind !== "quota" || reset >= at || reset < last.from) return [{ ...last, to: at }];
  return [
    { ...last, to: reset },
    { kind: "queued", from: reset, to: at },
  ];
}

function laneOf(timeline: Timeline, backend: string): Lane {
  const lane = timeline.lanes.get(backend) ?? {};
  timeline.lanes.set(backend, lane);
  return lane;
}
