// The head of a run's page: its state in numbers, and the buttons that change the run.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { ResumeBody, RunOverviewBody } from "../../src/schema/api.js";
import { runOverview } from "../../src/summary/overview.js";
import { allTasks, counts, recordsWithJudge, totals } from "../../src/summary/summary.js";
import { againWords, agoText, momentWords } from "../../src/util/time-text.js";
import { samePrompt } from "../data/groups.js";
import { hrefOf } from "../data/route.js";
import type { RunModel } from "../data/run-model.js";
import { ask } from "../data/server.js";
import { amount, dollars, duration, plural } from "../data/words.js";
import { DeleteRun } from "./delete-run.js";
import { notify } from "./notice.js";
import { countWords, ProgressBar } from "./progress.js";
import { RunStatusMark } from "./status.js";
import { Ticked } from "./ticked.js";

/** Asks the server for an action on the run, shows the outcome, and reloads the run. */
export async function act(
  run_id: string,
  verb: "cancel" | "resume",
  done: string,
  model: RunModel,
  body: ResumeBody = {},
): Promise<void> {
  const answer = await ask((client) =>
    verb === "cancel" ? client.runs.cancel(run_id) : client.runs.resume(run_id, body),
  );
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
  const overview = overviewOf(run_id, model);
  const facts: [name: string, value: string][] = [
    [started.kind === "chain" ? "Steps" : "Tasks", countWords(sums)],
    ["Time", duration((state.finished === undefined ? model.now() : timeline.last) / 1000)],
    ["Tokens in", amount(usage?.input_tokens)],
    ["Tokens out", amount(usage?.output_tokens)],
    ["Cost", dollars(cost_usd)],
    ...(started.kind === "chain" ? [] : ([["At once", String(started.max_parallel)]] as [string, string][])),
    ["Started", agoText(started.time, Date.now())],
    ["Backends", (overview.backends ?? []).join(", ")],
    ...(started.directory === undefined ? [] : ([["Directory", started.directory]] as [string, string][])),
    ...(started.session === undefined ? [] : ([["Session", started.session]] as [string, string][])),
  ];
  return html`<header class="run-head">
    <div class="title-line">
      <h1 tabindex=${-1}><span class="kind">${started.kind}</span> ${started.name ? html`${started.name} <span class="mono run-id">${run_id}</span>` : html`<span class="mono">${run_id}</span>`}</h1>
      <${RunStatusMark} run=${overview} />
      <span class="spring"></span>
      <${Actions} run_id=${run_id} model=${model} />
    </div>
    ${started.dry_run && html`<p class="note">A dry run: every task only showed its command, and nothing was started.</p>`}
    ${started.offline && html`<p class="note">The answers come from clinvk's offline model, not from a vendor's.</p>`}
    ${model.isActive && html`<${LaneNotes} model=${model} />`}
    <${ProgressBar} counts=${sums} />
    <dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
  </header>`;
}

/** Which backends are slowed down, or wait for their quota. */
function LaneNotes({ model: { timeline, state } }: { model: RunModel }) {
  const most = state.started?.max_parallel ?? 0;
  const now = Date.now();
  return html`${[...timeline.lanes].map(([backend, { limit, parked_until = 0, failure, paused }]) => {
    if (parked_until > now) {
      const until = momentWords(new Date(parked_until).toISOString(), now);
      return html`<p class="note" key=${backend}><strong>${backend}</strong> starts nothing before ${until}: <${Ticked} text=${failure?.message ?? "its quota is used up"} /></p>`;
    }
    if (paused) {
      const when = againWords({ ...paused, seconds: Math.max(0, paused.until - now) / 1000 }, now);
      return html`<p class="note" key=${backend}><strong>${backend}</strong> lets its tasks wait. Trying again with one of them ${when}: <${Ticked} text=${paused.failure.message} /></p>`;
    }
    if (limit === undefined || limit >= most) return null;
    return html`<p class="note" key=${backend}><strong>${backend}</strong> is throttled by its service: ${plural(limit, "task")} at once for now; others wait for a free slot.</p>`;
  })}`;
}

function Actions({ run_id, model }: { run_id: string; model: RunModel }) {
  const [isBusy, setBusy] = useState(false);
  const { started } = model.state;
  if (started === undefined) return null;
  const ended = recordsWithJudge(model.state);
  const isOpen = ended.length < allTasks(started).length;
  const hasFailed = ended.some(({ status }) => status === "FAILED" || status === "TIMEOUT");
  // The compare page finds the prompt of a comparison by itself.
  const group = started.kind === "compare" ? undefined : samePrompt(model.detail?.tasks ?? [])[0];
  const start = async (verb: "cancel" | "resume", done: string, body?: ResumeBody) => {
    // Not `disabled`: that would take the focus away.
    if (isBusy) return;
    setBusy(true);
    await act(run_id, verb, done, model, body);
    setBusy(false);
  };
  const canResume =
    !model.isActive && (isOpen || ended.some(({ status }) => status === "CANCELED" || status === "WAITING"));
  return html`<div class="actions">
    ${started.kind !== "chain" && started.tasks.length > 1 && html`<a class="button" href=${hrefOf({ page: "compare", run_id, tasks: group?.slice(0, 3) ?? [] })}>Compare</a>`}
    ${canResume && html`<button type="button" aria-disabled=${isBusy} onClick=${() => start("resume", "The run continues.", {})}>Resume</button>`}
    ${!model.isActive && hasFailed && html`<button type="button" class="primary" aria-disabled=${isBusy} onClick=${() => start("resume", "The failed tasks run again.", { again: "failed" })}>Retry failed</button>`}
    ${model.isActive && html`<button type="button" class="danger" aria-disabled=${isBusy} onClick=${() => start("cancel", "The run is being stopped.")}>Cancel run</button>`}
    ${!model.isActive && html`<${DeleteRun} run_id=${run_id} />`}
  </div>`;
}

/** The run as a list shows it, from its events. */
function overviewOf(run_id: string, { state, isActive, detail }: RunModel): RunOverviewBody {
  const overview = runOverview(run_id, state);
  if (isActive) return { ...overview, status: detail?.status === "queued" ? "queued" : "running" };
  return overview;
}
