// Everything about one task: its live text and steps, its answer, its cost, and its failure.
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunTask } from "../../src/schema/api.js";
import type { PlannedTask } from "../../src/schema/event.js";
import type { TaskRecord } from "../../src/schema/result.js";
import { type Activity, type NextAttempt, type Track, trackState } from "../../src/summary/timeline.js";
import { visibleControls } from "../../src/util/markdown.js";
import { hrefOf } from "../data/route.js";
import { amount, dollars, duration, plural } from "../data/words.js";
import { AnswerView } from "./answer.js";
import { FailureBox } from "./failure.js";
import { StatusMark } from "./status.js";

export interface TaskDetailProps {
  run_id: string;
  task: PlannedTask;
  track: Track;
  record: TaskRecord | undefined;
  /** When the next attempt is planned, in milliseconds since 1970; absent if none is. */
  next: NextAttempt | undefined;
  /** Has the prompt, once it is known. */
  more: RunTask | undefined;
  /** Ids of the tasks with the same prompt, this one included. */
  group: readonly string[] | undefined;
  /** Runs this task once more; absent while that is impossible. */
  again: (() => void) | undefined;
}

export function TaskDetail({ run_id, task, track, record, next, more, group, again }: TaskDetailProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [task.task_id]);
  const state = trackState(track);
  const warning =
    record?.failure ??
    next?.failure ??
    (state === "quota" || state === "pause" ? track.setbacks.at(-1)?.failure : undefined);
  return html`<article class="detail" aria-labelledby="task-title">
    <p class="back"><a href=${hrefOf({ page: "run", run_id })}>← All tasks</a></p>
    <div class="detail-head">
      <h2 id="task-title" ref=${heading} tabindex=${-1}>${task.name}</h2>
      <${StatusMark} state=${state} />
    </div>
    <${Facts} task=${task} track=${track} record=${record} />
    ${
      (group || (again && record && record.status !== "OK")) &&
      html`<p class="actions">
        ${again && record && record.status !== "OK" && html`<button type="button" onClick=${again}>Run this task again</button>`}
        ${group && html`<a class="button" href=${hrefOf({ page: "compare", run_id, tasks: [task.task_id, ...group.filter((id) => id !== task.task_id)].slice(0, 3) })}>Compare ${plural(group.length, "answer")}</a>`}
      </p>`
    }
    ${warning && html`<${FailureBox} failure=${warning} next=${record ? undefined : next} />`}
    ${record ? html`<${AnswerView} run_id=${run_id} record=${record} />` : state === "running" && html`<${LiveText} text=${track.text} />`}
    <${Steps} activity=${track.activity} isRunning=${record === undefined} />
    <${Setbacks} track=${track} />
    ${more?.prompt && html`<details><summary>Prompt</summary><pre class="code wrap">${more.prompt}</pre></details>`}
    ${track.command && html`<details><summary>Command</summary><pre class="code wrap">${track.command}</pre></details>`}
    <${MoreFacts} task=${task} />
  </article>`;
}

type Fact = readonly [name: string, value: string | undefined];

function Facts({ task, track, record }: Pick<TaskDetailProps, "task" | "track" | "record">) {
  const usage = record?.usage;
  const attempt = record?.attempts ?? track.attempt;
  const backend = record?.fallback_from ? `${track.backend} (instead of ${record.fallback_from})` : track.backend;
  const facts: Fact[] = [
    ["Backend", backend],
    ["Model", record?.model ?? task.model ?? undefined],
    ["Time", record && duration(record.duration_seconds)],
    ["Attempts", attempt > 1 ? String(attempt) : undefined],
    ["Tokens in", usage ? amount(usage.input_tokens) : undefined],
    ["Tokens out", usage ? amount(usage.output_tokens) : undefined],
    ["Cached", usage?.cached_tokens ? amount(usage.cached_tokens) : undefined],
    ["Cost", record && record.cost_usd !== null ? dollars(record.cost_usd) : undefined],
    ["Exit code", record && record.exit_code !== 0 ? String(record.exit_code) : undefined],
    ["Refused calls", record?.refusals?.length ? String(record.refusals.length) : undefined],
    ["Tags", task.tags.length > 0 ? task.tags.join(", ") : undefined],
  ];
  return html`<${FactList} facts=${facts} />`;
}

function MoreFacts({ task }: Pick<TaskDetailProps, "task">) {
  const facts: Fact[] = [
    ["Task id", task.task_id],
    ["Directory", task.workdir],
    ["Meta", Object.keys(task.meta).length > 0 ? JSON.stringify(task.meta) : undefined],
  ];
  return html`<details><summary>More about this task</summary><${FactList} facts=${facts} /></details>`;
}

function FactList({ facts }: { facts: readonly Fact[] }) {
  return html`<dl class="facts">
    ${facts.map(([name, value]) => value !== undefined && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** Scrolls to the end, as a terminal does, unless the person has scrolled up. */
function LiveText({ text }: { text: string }) {
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const onScroll = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: { currentTarget: HTMLElement }) => {
    follows.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  return html`<section class="answer" aria-label="Live text">
    <h3>Live</h3>
    <pre class="raw tail" tabindex="0" aria-label="What it says" ref=${box} onScroll=${onScroll}>${text === "" ? "Nothing said so far." : visibleControls(text)}</pre>
  </section>`;
}

const STEP_WORDS: Readonly<Record<Activity["kind"], string>> = {
  tool_call: "call",
  tool_result: "result",
  tool_refused: "refused",
  note: "note",
  stderr: "stderr",
};

function Steps({ activity, isRunning }: { activity: readonly Activity[]; isRunning: boolean }) {
  if (activity.length === 0) return null;
  return html`<details open=${isRunning}>
    <summary>${plural(activity.length, "step")}</summary>
    <ol class="steps">
      ${activity.map(({ kind, tool, text }) => html`<li class=${kind}><span class="step-kind">${STEP_WORDS[kind]}</span> ${tool && html`<strong>${tool}</strong> `}<span class="step-text">${text}</span></li>`)}
    </ol>
  </details>`;
}

function Setbacks({ track: { setbacks } }: { track: Track }) {
  if (setbacks.length === 0) return null;
  return html`<details>
    <summary>${plural(setbacks.length, "failed attempt")} before</summary>
    <ol class="steps">
      ${setbacks.map(({ attempt, backend, failure }) => html`<li><span class="step-kind">${attempt}. ${backend}</span> <strong>${failure.kind}</strong> <span class="step-text">${failure.message}</span></li>`)}
    </ol>
  </details>`;
}
