// Shows answers side by side, of tasks with the same prompt or of any tasks; rendered, or with their differing words.
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import type { PlannedTask } from "../../src/schema/event.js";
import type { TaskRecord } from "../../src/schema/result.js";
import { plannedTasks } from "../../src/summary/summary.js";
import { trackState } from "../../src/summary/timeline.js";
import { useAnswer } from "../data/answer.js";
import { samePrompt } from "../data/groups.js";
import { hrefOf } from "../data/route.js";
import { type RunModel, useRun } from "../data/run-model.js";
import { wordDifference } from "../data/word-diff.js";
import { dollars, duration } from "../data/words.js";
import { Rendered } from "../parts/answer.js";
import { useKeptFocus, useTick, useTitle } from "../parts/page.js";
import { usePreference } from "../parts/preference.js";
import { StatusMark } from "../parts/status.js";
import { TaskPicker } from "../parts/task-picker.js";

/** More columns would not be readable. */
const MOST = 4;

export function ComparePage({ run_id, picked }: { run_id: string; picked: readonly string[] }) {
  useTitle(`Compare ${run_id}`);
  const model = useRun(run_id);
  useTick(1000, model.isActive);
  useKeptFocus();
  const [mode, setMode] = usePreference("compare", ["answers", "differences"]);
  const tasks = plannedTasks(model.state);
  const isComparison = model.state.started?.kind === "compare";
  const groups = isComparison ? [tasks.map(({ task_id }) => task_id)] : samePrompt(model.detail?.tasks ?? []);
  const known = picked.filter((id) => tasks.some(({ task_id }) => task_id === id)).slice(0, MOST);
  const chosen = known.length > 0 ? known : (groups[0]?.slice(0, isComparison ? MOST : 3) ?? []);
  const prompt = model.detail?.tasks.find(({ task_id }) => task_id === chosen[0])?.prompt;
  const base = chosen[0] === undefined ? undefined : model.state.results.get(chosen[0]);
  const differ =
    chosen.length > 1 && prompt !== undefined && !groups.some((ids) => chosen.every((id) => ids.includes(id)));
  const choose = (ids: readonly string[]) => location.replace(hrefOf({ page: "compare", run_id, tasks: [...ids] }));
  const modeButton = (one: typeof mode, label: string) =>
    html`<button type="button" class="quiet" aria-pressed=${mode === one} onClick=${() => setMode(one)}>${label}</button>`;
  return html`<div class="page compare">
    <p class="back"><a href=${hrefOf({ page: "run", run_id })}>← Run <span class="mono">${run_id}</span></a></p>
    <div class="title-line">
      <h1 tabindex=${-1}>Compare answers</h1>
      <span class="switch" role="group" aria-label="Show">${modeButton("answers", "Answers")}${modeButton("differences", "Differences")}</span>
    </div>
    ${model.failure && html`<p class="problem-box" role="alert">${model.failure.message}</p>`}
    <${TaskPicker} tasks=${tasks} groups=${groups} chosen=${chosen} most=${MOST} onChoose=${choose} />
    ${prompt && html`<details><summary>Prompt${differ ? " of the first" : ""}</summary><pre class="code wrap">${prompt}</pre></details>`}
    ${differ && html`<p class="note">These tasks have different prompts.</p>`}
    ${chosen.length < 2 && tasks.length > 0 && html`<p class="empty">Choose two tasks or more: their answers are shown side by side.</p>`}
    <div class="side-by-side" data-columns=${chosen.length}>
      ${chosen.map((id, index) => {
        const task = tasks.find(({ task_id }) => task_id === id);
        const onFirst =
          index === 0 || mode === "answers" ? undefined : () => choose([id, ...chosen.filter((other) => other !== id)]);
        return (
          task &&
          html`<${Column} key=${id} ...${{ run_id, task, model, onFirst, record: model.state.results.get(id), base: mode === "differences" && index > 0 ? base : undefined, isBase: mode === "differences" && index === 0 }} />`
        );
      })}
    </div>
  </div>`;
}

interface ColumnProps {
  run_id: string;
  task: PlannedTask;
  model: RunModel;
  record: TaskRecord | undefined;
  /** The answer to compare its words with. */
  base: TaskRecord | undefined;
  isBase: boolean;
  /** Makes this answer the first. */
  onFirst: (() => void) | undefined;
}

function Column({ run_id, task, model, record, base, isBase, onFirst }: ColumnProps) {
  const track = model.timeline.tracks.get(task.task_id);
  const price = record && record.cost_usd !== null ? ` · ${dollars(record.cost_usd)}` : "";
  return html`<article class="column" aria-labelledby=${`column-${task.index}`}>
    <header>
      <h2 id=${`column-${task.index}`}><a href=${hrefOf({ page: "run", run_id, task_id: task.task_id })}>${task.name}</a></h2>
      <p class="faint">${track && html`<${StatusMark} state=${trackState(track)} />`} ${track?.backend ?? task.backend}${record?.model ? ` · ${record.model}` : ""}${record ? ` · ${duration(record.duration_seconds)}${price}` : ""}</p>
      ${isBase ? html`<p class="faint">The others are compared with this one.</p>` : onFirst && html`<p><button type="button" class="quiet" onClick=${onFirst}>Compare the others with this one</button></p>`}
    </header>
    ${record ? html`<${Body} run_id=${run_id} record=${record} base=${base} isText=${isBase} />` : html`<pre class="raw tail">${track?.text || "No answer so far."}</pre>`}
  </article>`;
}

interface BodyProps {
  run_id: string;
  record: TaskRecord;
  base: TaskRecord | undefined;
  isText: boolean;
}

function Body({ run_id, record, base, isText }: BodyProps) {
  const own = useAnswer(run_id, record);
  const other = useAnswer(run_id, base ?? record);
  if (own === undefined || other === undefined) return html`<p class="faint">Loading …</p>`;
  if (!own.ok) return html`<p class="problem-box">${own.error.message}</p>`;
  const { text } = own.value;
  const failure = record.failure && html`<p class="problem-box">${record.failure.message}</p>`;
  if (text === "") return failure || html`<p class="faint">The answer is empty.</p>`;
  if (base && other.ok) return html`${failure}<${DifferenceView} before=${other.value.text} after=${text} />`;
  return html`${failure}${isText ? html`<pre class="raw difference">${text}</pre>` : html`<${Rendered} text=${text} />`}`;
}

function DifferenceView({ before, after }: { before: string; after: string }) {
  const { parts, alike, limit } = useMemo(() => wordDifference(before, after), [before, after]);
  const words =
    before === after ? "The same, word by word." : `${Math.round(alike * 100)} % of the words are the same.`;
  return html`<p class="note">${words} ${limit && `Not all is shown: ${limit}`}</p>
    <pre class="raw difference">${parts.map(({ kind, text }) => {
      if (kind === "added") return html`<ins>${text}</ins>`;
      return kind === "removed" ? html`<del>${text}</del>` : text;
    })}</pre>`;
}
