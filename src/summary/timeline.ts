// The timeline of a run: when each task queued, waited, ran and was tried again, its live text and steps. It folds the
// same events as `summary.ts`, for the live view, the HTML report and the web page. Pure, without Node's modules.
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

export interface Setback extends Patience {
  attempt: number;
  backend: string;
  failure: Failure;
  delay_seconds: number;
}

/** Of a pause: who chose its length, and how long there are further attempts. */
interface Patience {
  asked_by_service?: true | undefined;
  /** ISO 8601. */
  patience_until?: string | undefined;
}

/** An agent's latest step: its last tool call, or the end of its text since then. Raw, untrusted text. */
export interface Doing {
  tool?: string;
  text: string;
}

/** The timeline of one task. */
export interface Track {
  task_id: string;
  /** The current backend: after a fallback it differs from the planned one. */
  backend: string;
  attempt: number;
  /** Its first start, in milliseconds since 1970; of a task that was resumed, the first one since then. */
  since?: number;
  /** After a failed attempt: the next one starts at this moment at the earliest. Milliseconds since 1970. */
  retry_at?: number;
  /** Tokens of this attempt so far; absent if the CLI reports them only at the end. */
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
  /** The result; absent until the task has ended. */
  status?: Status;
  /** It was running when its run was interrupted. */
  interrupted?: true;
}

export interface Timeline {
  tracks: Map<string, Track>;
  /** Milliseconds since 1970 of the first event: 0 of the run's own time, which leaves out pauses between resumes. */
  start: number;
  skipped: number;
  /** When the latest event happened. */
  last: number;
  /** When the run was resumed. */
  resumed: number[];
  notes: { at: number; text: string; task_id?: string }[];
  /** By backend; absent while nothing is known of it. */
  lanes: Map<string, Lane>;
  last_seq: number;
  readonly kept: Kept;
}

/** A backend throttles: its tasks wait until one of them is answered. */
export interface LanePause extends Patience {
  /** Milliseconds since 1970: then one task tries. */
  until: number;
  failure: Failure;
}

/** The state of a backend's queue. */
export interface Lane {
  /** Absent = it does not pause. */
  paused?: LanePause;
  /** How many of its tasks may run at once now, if it was throttled. */
  limit?: number;
  /** Its quota is used up: no task starts before this moment, in milliseconds since 1970. */
  parked_until?: number;
  /** The reason of the last parking. */
  failure?: Failure;
}

/** How much is kept per task: live text in UTF-16 units, and steps. */
export interface Kept {
  text: number;
  steps: number;
}

/** Enough to watch a task, and little enough for a thousand tasks. */
const KEPT: Kept = { text: 8000, steps: 100 };

export function emptyTimeline(kept: Kept = KEPT): Timeline {
  const [start, skipped, last, last_seq] = [0, 0, 0, 0];
  return { tracks: new Map(), start, skipped, last, resumed: [], notes: [], lanes: new Map(), last_seq, kept };
}

/** Converts milliseconds since 1970 to the run's own time. */
export function runTime(timeline: Timeline, moment: number): number {
  return moment - timeline.start - timeline.skipped;
}

/** What a task does now, or how it ended; `interrupted`: it was running when its run was interrupted. */
export function trackState(track: Track): SegmentKind | Status | "interrupted" {
  return track.status ?? openKind(track) ?? (track.interrupted ? "interrupted" : "CANCELED");
}

/** The attempt that a waiting task gets. */
export interface NextAttempt extends Patience {
  /** Milliseconds since 1970, at the earliest. */
  at: number;
  /** Why it is not made now. */
  failure: Failure;
  /** Its backend pauses: one task at a time finds out whether it answers again. */
  after_probe: boolean;
}

/**
 * The next attempt of a task that has failed before or whose backend pauses: after its own pause, that of its backend, and
 * the reset of its backend's quota. `undefined` = it waits only for a slot, or not at all.
 */
export function nextAttempt({ lanes }: Timeline, track: Track): NextAttempt | undefined {
  const { paused, parked_until = 0 } = lanes.get(track.backend) ?? {};
  const state = trackState(track);
  if (paused && (state === "queued" || state === "pause")) {
    const { until, ...why } = paused;
    return { ...why, at: Math.max(until, track.retry_at ?? 0), after_probe: true };
  }
  const setback = track.setbacks.at(-1);
  if (track.retry_at === undefined || !setback) return undefined;
  const { failure, asked_by_service, patience_until } = setback;
  const at = Math.max(track.retry_at, parked_until);
  return { at, failure, asked_by_service, patience_until, after_probe: false };
}

/** The segments at a moment of the run's time; open ones end at it. */
export function segmentsAt(timeline: Timeline, track: Track, now: number): PastSegment[] {
  return track.segments.flatMap((one) =>
    one.to === undefined ? ending(timeline, track, one, Math.max(now, one.from)) : [{ ...one, to: one.to }],
  );
}

/** The kind of the open segment; `undefined` = none is open. */
export function openKind(track: Track): SegmentKind | undefined {
  const last = track.segments.at(-1);
  return last === undefined || last.to !== undefined ? undefined : last.kind;
}

/** An open segment, ended. After its quota has reset, a task that waited for it waits for a slot. */
export function ending(timeline: Timeline, track: Track, last: Segment, at: number): PastSegment[] {
  const until = timeline.lanes.get(track.backend)?.parked_until;
  const reset = until === undefined ? at : runTime(timeline, until);
  if (last.kind !== "quota" || reset >= at || reset < last.from) return [{ ...last, to: at }];
  return [
    { ...last, to: reset },
    { kind: "queued", from: reset, to: at },
  ];
}
