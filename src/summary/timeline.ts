// When each task of a run queued, waited, ran and was tried again, and what it says and does meanwhile: what `summary.ts`
// does not keep. A fold over the same events, for the live view, the HTML report and the web page. Pure, without Node's modules.
import type { Failure } from "../schema/failure.js";
import type { Status } from "../schema/result.js";

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
  /** It was under way when its run was cut off. */
  interrupted?: true;
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

export function emptyTimeline(kept: Kept = KEPT): Timeline {
  const [start, skipped, last, last_seq] = [0, 0, 0, 0];
  return { tracks: new Map(), start, skipped, last, resumed: [], notes: [], lanes: new Map(), last_seq, kept };
}

/** The run's own time of a moment in milliseconds since 1970. */
export function runTime(timeline: Timeline, moment: number): number {
  return moment - timeline.start - timeline.skipped;
}

/** What a task does now, or how it ended; `interrupted`: it was under way when its run was cut off. */
export function trackState(track: Track): SegmentKind | Status | "interrupted" {
  return track.status ?? openKind(track) ?? (track.interrupted ? "interrupted" : "CANCELED");
}

/**
 * When a task that has failed before may be tried again, in milliseconds since 1970: after its own pause, and not before its
 * backend's quota resets. `undefined` = it does not wait for an attempt.
 */
export function nextAttempt({ lanes }: Timeline, track: Track): number | undefined {
  if (track.retry_at === undefined) return undefined;
  return Math.max(track.retry_at, lanes.get(track.backend)?.parked_until ?? 0);
}

/** The segments as they are at a moment of the run's time: those that last reach to it. */
export function segmentsAt(timeline: Timeline, track: Track, now: number): PastSegment[] {
  return track.segments.flatMap((one) =>
    one.to === undefined ? ending(timeline, track, one, Math.max(now, one.from)) : [{ ...one, to: one.to }],
  );
}

/** The kind of the segment that lasts; `undefined` = none does. */
export function openKind(track: Track): SegmentKind | undefined {
  const last = track.segments.at(-1);
  return last === undefined || last.to !== undefined ? undefined : last.kind;
}

/** An open segment, ended. A task that waited for a quota waits for a slot since the quota was reset. */
export function ending(timeline: Timeline, track: Track, last: Segment, at: number): PastSegment[] {
  const until = timeline.lanes.get(track.backend)?.parked_until;
  const reset = until === undefined ? at : runTime(timeline, until);
  if (last.kind !== "quota" || reset >= at || reset < last.from) return [{ ...last, to: at }];
  return [
    { ...last, to: reset },
    { kind: "queued", from: reset, to: at },
  ];
}
