// The page of one run: its state, its actions, its tasks on a time axis, and one task in detail.
import { html } from "htm/preact";
import { allTasks } from "../../src/summary/summary.js";
import { nextAttempt } from "../../src/summary/timeline.js";
import { samePrompt } from "../data/groups.js";
import { hrefOf, type Shown } from "../data/route.js";
import { type RunModel, useRun } from "../data/run-model.js";
import { Verdict, Votes } from "../parts/council.js";
import { useKeptFocus, useTick, useTitle } from "../parts/page.js";
import { act, RunHead } from "../parts/run-head.js";
import { TaskDetail } from "../parts/task-detail.js";
import { filterOf, filterTasks, type TaskFilter, TaskFilters } from "../parts/task-filters.js";
import { TaskList } from "../parts/task-list.js";

export function RunPage({ run_id, task_id, shown: narrowed }: { run_id: string; task_id?: string; shown: Shown }) {
  const model = useRun(run_id);
  useTitle(model.state.started?.name ?? `Run ${run_id}`);
  useTick(500, model.isActive);
  useKeptFocus();
  const filter = filterOf(narrowed);
  const setFilter = ({ state, words }: TaskFilter) => {
    const show = state === "all" ? "" : state;
    history.replaceState(
      null,
      "",
      hrefOf({ page: "run", run_id, ...(task_id ? { task_id } : {}), show, search: words }),
    );
    dispatchEvent(new Event("hashchange"));
  };
  const { state, link, failure } = model;
  if (state.started === undefined) {
    if (failure) {
      return html`<div class="page"><h1 tabindex=${-1}>${failure.status === 404 ? "There is no such run" : "This run can't be shown"}</h1>
        ${failure.status === 404 ? html`<p>No run has the id <span class="mono">${run_id}</span>. Perhaps it was deleted.</p>` : html`<p class="problem-box" role="alert">${failure.message}</p>`}<p><a href=${hrefOf({ page: "runs" })}>All runs</a></p></div>`;
    }
    const words =
      model.detail?.status === "queued"
        ? "It waits for its turn."
        : link === "ended"
          ? "It has not started."
          : "Loading …";
    return html`<div class="page"><h1 tabindex=${-1}>Run <span class="mono">${run_id}</span></h1><p class="faint">${words}</p></div>`;
  }
  const { judge } = state.started;
  const vote = state.finished?.vote;
  const tasks = allTasks(state.started);
  const shown = filterTasks(tasks, model.timeline, filter);
  return html`<div class=${task_id === undefined ? "page run" : "page run split"}>
    <${RunHead} run_id=${run_id} model=${model} />
    ${link === "lost" && html`<p class="problem-box" role="status">${failure?.message ?? "The connection was lost."} Trying again …</p>`}
    ${task_id === undefined && judge && html`<${Verdict} run_id=${run_id} judge=${judge} model=${model} />`}
    ${task_id === undefined && vote && html`<${Votes} run_id=${run_id} vote=${vote} tasks=${tasks} />`}
    <div class="columns">
      <section class="tasks" aria-label="Timeline">
        <${TaskFilters} tasks=${tasks} timeline=${model.timeline} filter=${filter} onFilter=${setFilter} />
        ${shown.length === 0 ? html`<p class="empty">No task matches.</p>` : html`<${TaskList} run_id=${run_id} model=${model} tasks=${shown} selected=${task_id} narrowed=${narrowed} />`}
        <${Notes} model=${model} />
      </section>
      ${task_id !== undefined && html`<${Selected} run_id=${run_id} task_id=${task_id} model=${model} />`}
    </div>
  </div>`;
}

function Selected({ run_id, task_id, model }: { run_id: string; task_id: string; model: RunModel }) {
  const { started } = model.state;
  const task = started && allTasks(started).find((one) => one.task_id === task_id);
  const track = model.timeline.tracks.get(task_id);
  if (!task || !track) {
    return html`<article class="detail"><p>This run has no task <code>${task_id}</code>. <a href=${hrefOf({ page: "run", run_id })}>All tasks</a></p></article>`;
  }
  const { tasks = [], judge } = model.detail ?? {};
  const more = [...tasks, judge].find((one) => one?.task_id === task_id);
  const group = samePrompt(tasks).find((ids) => ids.includes(task_id));
  const again = model.isActive
    ? undefined
    : () => void act(run_id, "resume", "The task runs again.", model, { again: [task_id] });
  return html`<${TaskDetail} key=${task_id} ...${{ run_id, task, track, next: nextAttempt(model.timeline, track), more, group, again, record: model.state.results.get(task_id) }} />`;
}

/** Warnings, and events of whole backends. */
function Notes({ model: { timeline } }: { model: RunModel }) {
  const { notes } = timeline;
  if (notes.length === 0) return null;
  return html`<section class="notes" aria-label="Notes"><h2>Notes</h2>
    <ul>${notes.slice(-50).map(({ text, task_id }) => html`<li>${task_id && html`<code>${task_id}</code> `}${text}</li>`)}</ul>
  </section>`;
}
