// The tasks of a run, one line each with its bar. A long list has only its visible lines in the page.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import type { PlannedTask } from "../../src/schema/event.js";
import type { TaskRecord } from "../../src/schema/result.js";
import { nextAttempt, type Timeline, type Track, trackState } from "../../src/summary/timeline.js";
import { axisMarks, type Mark } from "../data/axis.js";
import { hrefOf, type Shown } from "../data/route.js";
import type { RunModel } from "../data/run-model.js";
import { dollars, duration, nextAttemptWords, size } from "../data/words.js";
import { Axis, BarPatterns, TaskBar } from "./bar.js";
import { StatusMark } from "./status.js";
import { useVisibleRows, useWidth } from "./visible-rows.js";

/** Pixels; the style sheet has the same. */
const ROW_HEIGHT = 46;
/** Width of a mark's text, in pixels. */
const WIDEST_MARK = 64;

export interface TaskListProps {
  run_id: string;
  model: RunModel;
  tasks: readonly PlannedTask[];
  selected: string | undefined;
  /** The filter of the list; links keep it. */
  narrowed: Shown;
}

export function TaskList({ run_id, model, tasks, selected, narrowed }: TaskListProps) {
  const list = useRef<HTMLOListElement>(null);
  const [first, last] = useVisibleRows(list, tasks.length, ROW_HEIGHT);
  const now = model.now();
  const end = Math.max(now, model.timeline.last, 1000) * 1.01;
  const { kind, judge } = model.state.started ?? {};
  const axis = useRef<HTMLElement>(null);
  const marks = axisMarks(end, Math.max(1, Math.floor(useWidth(axis) / WIDEST_MARK)));
  const style = { paddingTop: `${first * ROW_HEIGHT}px`, paddingBottom: `${(tasks.length - last) * ROW_HEIGHT}px` };
  return html`<div class="timeline">
    <${BarPatterns} />
    <div class="row head" aria-hidden="true"><span></span><span>${kind === "chain" ? "Step" : "Task"}</span><span ref=${axis} class="row-bar"><${Axis} end=${end} marks=${marks} /></span>
      <span class="number row-time">Time</span><span class="number row-cost">Cost</span></div>
    <ol ref=${list} class="rows" style=${style} aria-label=${kind === "chain" ? "Steps" : "Tasks"}>
      ${tasks.slice(first, last).map((task, index) => {
        const track = model.timeline.tracks.get(task.task_id);
        const record = model.state.results.get(task.task_id);
        return (
          track &&
          html`<${Row} key=${task.task_id} ...${{ run_id, narrowed, task, track, record, now, end, marks, timeline: model.timeline, place: first + index + 1, total: tasks.length, isSelected: task.task_id === selected, isStep: kind === "chain", isJudge: task.task_id === judge?.task_id }} />`
        );
      })}
    </ol>
  </div>`;
}

interface RowProps {
  run_id: string;
  narrowed: Shown;
  task: PlannedTask;
  track: Track;
  record: TaskRecord | undefined;
  timeline: Timeline;
  now: number;
  end: number;
  marks: readonly Mark[];
  /** From 1, of `total` in the list. */
  place: number;
  total: number;
  isSelected: boolean;
  /** A chain: the tasks are numbered steps. */
  isStep: boolean;
  isJudge: boolean;
}

function Row(props: RowProps) {
  const {
    run_id,
    narrowed,
    task,
    track,
    record,
    timeline,
    now,
    end,
    marks,
    place,
    total,
    isSelected,
    isStep,
    isJudge,
  } = props;
  const { task_id, name, index } = task;
  const seconds = record ? record.duration_seconds : runSeconds(track, now);
  return html`<li class="row" aria-posinset=${place} aria-setsize=${total} data-selected=${isSelected || undefined}>
    <${StatusMark} state=${trackState(track)} short=${true} />
    <span class="row-text">
      <span class="row-name">
        ${isStep && html`<span class="step-kind">${index + 1}. </span>`}<a href=${hrefOf({ page: "run", run_id, task_id, ...narrowed })} aria-current=${isSelected ? "true" : undefined}>${name}</a>
        <span class="backend">${track.backend}</span>${isJudge && html` <span class="tag">judge</span>`}
      </span>
      <span class="row-line">${latestLine(timeline, track, record)}</span>
    </span>
    <span class="row-bar"><${TaskBar} timeline=${timeline} track=${track} now=${now} end=${end} marks=${marks} /></span>
    <span class="number row-time">${seconds === undefined ? "" : duration(seconds)}</span>
    <span class="number row-cost">${record && record.cost_usd !== null ? dollars(record.cost_usd) : ""}</span>
  </li>`;
}

/** One line about a task: its current step, its failure, or the beginning of its answer. */
function latestLine(timeline: Timeline, track: Track, record: TaskRecord | undefined): string {
  if (record?.failure) return record.failure.message;
  if (record)
    return record.content_file ? `An answer of ${size(record.content_file.bytes)}` : beginning(record.content);
  const state = trackState(track);
  const next = nextAttempt(timeline, track);
  if (next) return `${nextAttemptWords(next, Date.now())}: ${next.failure.message}`;
  if (state === "interrupted") return "It was running when the run was interrupted.";
  if (state !== "running") return "";
  const said = track.text.trimEnd().split("\n").at(-1)?.trim();
  const did = track.activity.at(-1);
  return said || (did ? [did.text.startsWith("$ ") ? "" : did.tool, did.text].filter(Boolean).join(" ") : "starting …");
}

/** The first line with words, without the signs of Markdown. */
function beginning(text: string): string {
  const line = /[\p{L}\p{N}].{0,200}/u.exec(text.slice(0, 2000).replaceAll(/[*`]/g, ""));
  return line?.[0] ?? "";
}

function runSeconds(track: Track, now: number): number | undefined {
  const first = track.segments.find(({ kind }) => kind === "running");
  return first && Math.max(0, now - first.from) / 1000;
}
