// The head of a run's page: how it stands in numbers, and the buttons that change it.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { allTasks, counts, recordsWithJudge, totals } from "../../src/summary/summary.js";
import { agoText } from "../../src/util/time-text.js";
import { apiPath, call } from "../data/api.js";
import { samePrompt } from "../data/groups.js";
import { hrefOf } from "../data/route.js";
import type { RunModel } from "../data/run-model.js";
import { amount, dollars, duration } from "../data/words.js";
import { DeleteRun } from "./delete-run.js";
import { notify } from "./notice.js";
import { countWords, ProgressBar } from "./progress.js";
import { type State, StatusMark } from "./status.js";

/** Asks the server to do something with the run, says what came of it, and looks again. */
export async function act(
  run_id: string,
  verb: "cancel" | "resume",
  done: string,
  model: RunModel,
  body: unknown = {},
): Promise<void> {
  const answer = await call(apiPath("runs", run_id, verb), { method: "POST", body });
  if (answer.ok) notify(done);
  else notify(answer.error.message, true);
  if (answer.ok && verb === "resume") model.goOn();
}

export function RunHead({ run_id, model }: { run_id: string; model: RunModel }) {
  const { state, timeline } = model;
  const sums = counts(state);
  const { usage, cost_usd } = totals(state);
  const started = state.started;
  if (started === undefined) return null;
  const facts: [name: string, value: string][] = [
    [started.kind === "chain" ? "Steps" : "Tasks", countWords(sums)],
    ["Time", duration((state.finished === undefined ? model.now() : timeline.last) / 1000)],
    ["Tokens in", amount(usage?.input_tokens)],
    ["Tokens out", amount(usage?.output_tokens)],
    ["Cost", dollars(cost_usd)],
    ...(started.kind === "chain" ? [] : ([["At once", String(started.max_parallel)]] as [string, string][])),
    ["Started", agoText(started.time, Date.now())],
    ...(started.session === undefined ? [] : ([["Session", started.session]] as [string, string][])),
  ];
  return html`<header class="run-head">
    <div class="title-line">
      <h1 tabindex=${-1}><span class="kind">${started.kind}</span> <span class="mono">${run_id}</span></h1>
      <${StatusMark} state=${runState(model)} />
      <span class="spring"></span>
      <${Actions} run_id=${run_id} model=${model} />
    </div>
    ${started.offline && html`<p class="note">The answers come from clinvk's offline model, not from a vendor's.</p>`}
    <${ProgressBar} counts=${sums} />
    <dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
  </header>`;
}

function Actions({ run_id, model }: { run_id: string; model: RunModel }) {
  const [isBusy, setBusy] = useState(false);
  const { started } = model.state;
  if (started === undefined) return null;
  const ended = recordsWithJudge(model.state);
  const isOpen = ended.length < allTasks(started).length;
  const hasFailed = ended.some(({ status }) => status === "FAILED" || status === "TIMEOUT");
  // The compare page knows by itself what a comparison asked.
  const group = started.kind === "compare" ? undefined : samePrompt(model.detail?.tasks ?? [])[0];
  const start = async (verb: "cancel" | "resume", done: string, body?: unknown) => {
    setBusy(true);
    await act(run_id, verb, done, model, body);
    setBusy(false);
  };
  const canResume =
    !model.isActive && (isOpen || ended.some(({ status }) => status === "CANCELED" || status === "WAITING"));
  return html`<div class="actions">
    ${started.kind !== "chain" && started.tasks.length > 1 && html`<a class="button" href=${hrefOf({ page: "compare", run_id, tasks: group?.slice(0, 3) ?? [] })}>Compare</a>`}
    ${canResume && html`<button type="button" disabled=${isBusy} onClick=${() => start("resume", "The run goes on.", {})}>Resume</button>`}
    ${!model.isActive && hasFailed && html`<button type="button" class="primary" disabled=${isBusy} onClick=${() => start("resume", "What failed runs again.", { again: "failed" })}>Retry failed</button>`}
    ${model.isActive && html`<button type="button" class="danger" disabled=${isBusy} onClick=${() => start("cancel", "The run is being stopped.")}>Cancel run</button>`}
    ${!model.isActive && html`<${DeleteRun} run_id=${run_id} />`}
  </div>`;
}

/** As a list of runs would say it, from what the events say. */
function runState(model: RunModel): State {
  const { state, detail } = model;
  if (model.isActive) return "running";
  if (state.finished === undefined || state.finished.interrupted_by !== undefined) return "interrupted";
  const waits = recordsWithJudge(state).some(({ status }) => status === "WAITING");
  return detail?.status === "waiting" || waits ? "waiting" : "finished";
}
