// A task's time as a bar, and the axis above all bars: plain SVG, positions in percent so that it fits any width.
import { html } from "htm/preact";
import { type PastSegment, segmentsAt, type Timeline, type Track, trackState } from "../../src/summary/timeline.js";
import type { Mark } from "../data/axis.js";
import { duration } from "../data/words.js";
import { stateWord } from "./status.js";

const HEIGHT = 20;
/** Percent; a shorter stretch would be invisible. */
const THINNEST = 0.35;

/** Fills shared by all bars; once per page. */
export function BarPatterns() {
  return html`<svg width="0" height="0" class="unseen" aria-hidden="true"><defs>
    <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect class="hatch-ground" width="6" height="6" /><rect class="hatch-line" width="2.5" height="6" />
    </pattern>
  </defs></svg>`;
}

export interface TaskBarProps {
  timeline: Timeline;
  track: Track;
  now: number;
  end: number;
  marks: readonly Mark[];
}

/** `now`, `end`: the run's own time in milliseconds; the bar's right edge is `end`. */
export function TaskBar({ timeline, track, now, end, marks }: TaskBarProps) {
  const segments = segmentsAt(timeline, track, now);
  const percent = (ms: number) => (ms / end) * 100;
  return html`<svg class="bar" width="100%" height=${HEIGHT} role="img" aria-label=${barWords(track, segments)} data-state=${trackState(track)}>
    ${marks.map(({ at }) => html`<line class="grid" x1=${`${percent(at)}%`} x2=${`${percent(at)}%`} y2=${HEIGHT} />`)}
    ${segments.map((one) => {
      const [x, width] = [percent(one.from), Math.max(THINNEST, percent(one.to - one.from))];
      const [y, height] = one.kind === "running" ? [4, 12] : one.kind === "quota" ? [7, 6] : [9.5, 1];
      const name = one.kind === "running" ? `seg running ended-${one.ended ?? "not"}` : `seg ${one.kind}`;
      return html`<rect class=${name} x=${`${x}%`} y=${y} width=${`${width}%`} height=${height} rx=${height > 5 ? 2 : 0} />`;
    })}
    ${timeline.resumed.map((at) => html`<line class="resumed" x1=${`${percent(at)}%`} x2=${`${percent(at)}%`} y2=${HEIGHT} />`)}
  </svg>`;
}

/** The marks of time above the bars. */
export function Axis({ end, marks }: { end: number; marks: readonly Mark[] }) {
  return html`<svg class="axis" width="100%" height="18" aria-hidden="true">
    ${marks.map(({ at, words }) => html`<text x=${`${(at / end) * 100}%`} y="13" text-anchor=${at === 0 ? "start" : "middle"}>${words}</text>`)}
  </svg>`;
}

/** `Done: queued 2.0 s, ran 10 s (tried again), ran 3.0 s`. */
function barWords(track: Track, segments: readonly PastSegment[]): string {
  const verbs = { queued: "queued", quota: "waited for quota", running: "ran", pause: "paused" };
  const parts = segments
    .filter(({ from, to }) => to > from)
    .map(({ kind, from, to, ended }) => {
      return `${verbs[kind]} ${duration((to - from) / 1000)}${ended === "retried" ? " (tried again)" : ""}`;
    });
  return `${stateWord(trackState(track))}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}
