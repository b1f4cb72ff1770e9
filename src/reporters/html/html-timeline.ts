// When each task ran, waited and was tried again: a row with a bar per task, drawn as SVG.
import type { TaskRecord } from "../../schema/result.js";
import { segmentsAt, type Timeline, type Track } from "../../summary/timeline.js";
import { failureWords } from "../text/failure-text.js";
import { durationWords } from "../text/number-text.js";
import { anchorOf, classOf, html } from "./html-task.js";

/** Units of the drawing from left to right. */
const WIDTH = 1000;
/** The least that can be seen. */
const THINNEST = 3;
/** A pause that is longer than all the time in which something ran is drawn as this share of it. */
const PAUSE_SHARE = 0.08;

/** One attempt; times in milliseconds of the run's own time. */
interface Bar {
  start: number;
  end: number;
  /** Why it was followed by another one. */
  failure?: string;
}

/** The rows of a finished run, in file order. */
export function timelineHtml(timeline: Timeline, all: readonly TaskRecord[]): string {
  const rows = all.map((record) => ({ record, bars: barsOf(timeline, timeline.tracks.get(record.task_id)) }));
  const scale = scaleOf(
    rows.flatMap(({ bars }) => bars),
    timeline.last,
  );
  // A council asks several backends the same: by its name alone a row says nothing.
  const names = new Set(all.map(({ name }) => name));
  const label = ({ name, backend }: TaskRecord): string =>
    names.size === all.length ? html(name) : `<span class="quiet">${html(backend)}</span> ${html(name)}`;
  const body = rows.map(({ record, bars }) => row(record, label(record), bars, scale)).join("\n");
  return `<div class="timeline"><div class="row axis"><span></span>${axis(scale)}<span></span></div>\n${body}</div>`;
}

function barsOf(timeline: Timeline, track: Track | undefined): Bar[] {
  if (track === undefined) return [];
  return segmentsAt(timeline, track, timeline.last).flatMap(({ kind, from, to, failure }) =>
    kind === "running" ? [{ start: from, end: to, ...(failure ? { failure: failureWords(failure) } : {}) }] : [],
  );
}

type Span = Pick<Bar, "start" | "end">;

interface Scale {
  x(time: number): number;
  end: number;
  /** What is drawn shorter than it was. */
  pauses: readonly Span[];
}

/** Linear, but for pauses in which nothing ran: waiting five hours for a quota must not squeeze everything else into a line. */
function scaleOf(bars: readonly Span[], end: number): Scale {
  const busy = merged(bars);
  const gaps: Span[] = [];
  let at = 0;
  for (const span of [...busy, { start: end, end }]) {
    if (span.start > at) gaps.push({ start: at, end: span.start });
    at = Math.max(at, span.end);
  }
  const work = busy.reduce((sum, span) => sum + span.end - span.start, 0);
  const most = work * PAUSE_SHARE;
  const pauses = work === 0 ? [] : gaps.filter((gap) => gap.end - gap.start > work);
  const drawn = (time: number): number =>
    pauses.reduce((length, pause) => {
      const inside = Math.min(Math.max(time, pause.start), pause.end) - pause.start;
      return length - inside + (inside / (pause.end - pause.start)) * most;
    }, time);
  const total = Math.max(drawn(end), 1);
  return { x: (time) => Math.min(Math.max((drawn(time) / total) * WIDTH, 0), WIDTH), end, pauses };
}

function merged(bars: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const { start, end } of [...bars].sort((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else found.push({ start, end });
  }
  return found;
}

/** Round numbers where time is even; where it is not, how long the pauses were. */
function axis({ x, end, pauses }: Scale): string {
  const labels =
    pauses.length > 0
      ? pauses.map((pause) => ({
          at: x((pause.start + pause.end) / 2),
          text: `${durationWords((pause.end - pause.start) / 1000)} pause`,
        }))
      : ticks(end / 1000).map((second) => ({
          at: x(second * 1000),
          text: durationWords(second).replace(".0 s", " s"),
        }));
  const texts = labels.map(({ at, text }) => {
    const anchor = at < WIDTH * 0.05 ? "start" : at > WIDTH * 0.95 ? "end" : "middle";
    return `<text x="${(at / WIDTH) * 100}%" y="10" text-anchor="${anchor}">${text}</text>`;
  });
  return `<svg class="ticks" aria-hidden="true">${texts.join("")}</svg>`;
}

/** At most six, at 1, 2 or 5 times a power of ten. */
function ticks(seconds: number): number[] {
  const rough = Math.max(seconds, 0.001) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? power;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function row(record: TaskRecord, label: string, bars: readonly Bar[], { x, pauses }: Scale): string {
  const rect = (from: number, to: number, kind: string, title: string): string => {
    const left = Math.min(x(from), WIDTH - THINNEST);
    const width = Math.max(x(to) - left, THINNEST);
    return `<rect class="${kind}" x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="10"><title>${title}</title></rect>`;
  };
  const shapes = pauses.map((pause) => rect(pause.start, pause.end, "pause", "nothing ran"));
  const first = bars[0]?.start;
  if (first !== undefined && first > 0) shapes.push(rect(0, first, "queued", `queued ${durationWords(first / 1000)}`));
  bars.forEach((bar, i) => {
    const before = bars[i - 1]?.end;
    if (before !== undefined && bar.start > before)
      shapes.push(rect(before, bar.start, "between", `waits ${durationWords((bar.start - before) / 1000)}`));
    const why = bar.failure === undefined ? record.status : html(bar.failure);
    const kind = bar.failure === undefined ? classOf(record) : "tried";
    shapes.push(
      rect(bar.start, bar.end, kind, `attempt ${i + 1}: ${durationWords((bar.end - bar.start) / 1000)}, ${why}`),
    );
  });
  const duration = record.start_time === null ? "–" : durationWords(record.duration_seconds);
  return `<a class="row" href="#${anchorOf(record)}"><span class="name">${label}</span><svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none">${shapes.join("")}</svg><span class="time">${duration}</span></a>`;
}
