// The list of runs, newest first; running ones are kept up to date.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunList, RunOverviewBody } from "../../src/schema/api.js";
import { RUN_FILTERS, type RunFilter } from "../../src/schema/run.js";
import { visibleControls } from "../../src/util/markdown.js";
import { agoText } from "../../src/util/time-text.js";
import { hrefOf, type Shown } from "../data/route.js";
import { type ApiFailure, ask } from "../data/server.js";
import { dollars, duration } from "../data/words.js";
import { useTitle } from "../parts/page.js";
import { countWords, ProgressBar } from "../parts/progress.js";
import { RunStatusMark, RunTags, stateWord } from "../parts/status.js";

const PAGE = 50;
/** The server's largest page. */
const MOST = 200;
const BUSY_MS = 1500;
const IDLE_MS = 3000;
/** The search starts after this pause in typing. */
const TYPING_MS = 250;

export function RunsPage({ shown }: { shown: Shown }) {
  useTitle("Runs");
  const show = RUN_FILTERS.find((one) => one === shown.show);
  const search = shown.search ?? "";
  const { list, failure, older } = useRuns(show, search);
  const runs = list?.runs ?? [];
  const narrow = (next: Shown) => location.replace(hrefOf({ page: "runs", ...shown, ...next }));
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const type = (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    clearTimeout(typing.current);
    typing.current = setTimeout(() => narrow({ search: value.trim() }), TYPING_MS);
  };
  useEffect(() => () => clearTimeout(typing.current), []);
  return html`<div class="page">
    <div class="title-line">
      <h1 tabindex=${-1}>Runs</h1>
      <span class="spring"></span>
      <input type="search" aria-label="Search in names, directories and backends" placeholder="Name, directory, backend" defaultValue=${search} onInput=${type} />
      <label class="inline">Show
        <select value=${show ?? ""} onChange=${(event: Event) => narrow({ show: (event.target as HTMLSelectElement).value })}>
          <option value="">all</option>
          ${RUN_FILTERS.map((one) => html`<option value=${one}>${stateWord(one).toLowerCase()}</option>`)}
        </select>
      </label>
    </div>
    ${failure && html`<p class="problem-box" role="alert">${failure.message}</p>`}
    ${list && runs.length === 0 && html`<${Empty} isFiltered=${show !== undefined || search !== ""} />`}
    ${
      runs.length > 0 &&
      html`<table class="runs">
        <thead><tr>
          <th scope="col">Run</th><th scope="col">Status</th><th scope="col">Progress</th>
          <th scope="col">Started</th><th scope="col" class="number">Duration</th><th scope="col" class="number">Cost</th>
        </tr></thead>
        <tbody>${runs.map((run) => html`<${RunRow} key=${run.run_id} run=${run} />`)}</tbody>
      </table>`
    }
    ${list?.next_cursor && html`<p class="more"><button type="button" onClick=${older}>Older runs</button></p>`}
    ${!list && !failure && html`<p class="faint">Loading …</p>`}
  </div>`;
}

function RunRow({ run }: { run: RunOverviewBody }) {
  const now = Date.now();
  const { run_id, kind, status, counts, start_time, cost_usd } = run;
  const title = titleOf(run);
  const seconds = status === "running" && start_time ? (now - Date.parse(start_time)) / 1000 : run.duration_seconds;
  return html`<tr>
    <td class="run-name">
      <a href=${hrefOf({ page: "run", run_id })}>${title === undefined ? html`<span class="mono">${run_id}</span>` : visibleControls(title)}</a>
      ${kind === "compare" && html`<a class="beside" href=${hrefOf({ page: "compare", run_id, tasks: [] })}>side by side</a>`}
      <${RunTags} run=${run} />
      <span class="run-about faint">${title !== undefined && html`<span class="mono">${run_id}</span>`}<span>${kind}</span>${run.backends && run.backends.length > 0 && html`<span>${run.backends.join(", ")}</span>`}${run.directory && html`<span>${visibleControls(run.directory)}</span>`}</span>
    </td>
    <td class="run-status"><${RunStatusMark} run=${run} /></td>
    <td class="run-progress"><${ProgressBar} counts=${counts} /><span class="faint">${countWords(counts)}</span></td>
    <td class="run-start faint">
      ${start_time && html`<time datetime=${start_time} title=${new Date(start_time).toLocaleString()}>${agoText(start_time, now)}</time>`}
    </td>
    <td class="run-duration number">${duration(Math.max(0, seconds))}</td>
    <td class="run-cost number">${cost_usd === null || cost_usd === undefined ? "" : dollars(cost_usd)}</td>
  </tr>`;
}

/** Its name, or the names of its tasks: `Architecture and 2 more`. */
function titleOf({ name, first_task, counts: { total } }: RunOverviewBody): string | undefined {
  if (name !== undefined || first_task === undefined) return name;
  return total > 1 ? `${first_task} and ${total - 1} more` : first_task;
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return html`<p class="empty">No run matches.</p>`;
  return html`<div class="empty">
    <h2>Nothing has run yet</h2>
    <p>A run is a list of tasks for AI coding CLIs, worked on at the same time. It begins here, on the command line or by a request.</p>
    <p><a class="button primary" href=${hrefOf({ page: "start" })}>Start a run</a></p>
    <pre class="code">clinvk parallel -f tasks.json</pre>
  </div>`;
}

/** The runs that match the filter, polled while the page is visible. */
function useRuns(
  status: RunFilter | undefined,
  search: string,
): { list: RunList | undefined; failure: ApiFailure | undefined; older: () => void } {
  const [list, setList] = useState<RunList>();
  const [failure, setFailure] = useState<ApiFailure>();
  const latest = useRef(list);
  const query = { ...(status ? { status } : {}), ...(search === "" ? {} : { search }) };
  latest.current = list;
  const keep = (next: RunList) => {
    latest.current = next;
    setList(next);
    setFailure(undefined);
  };

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    latest.current = undefined;
    setList(undefined);
    const look = async () => {
      const known = latest.current;
      if (!document.hidden || known === undefined) {
        const limit = Math.min(MOST, Math.max(PAGE, known?.runs.length ?? 0));
        const answer = await ask((client) => client.runs.list({ ...query, limit, signal: stop.signal }));
        if (stop.signal.aborted) return;
        if (!answer.ok) setFailure(answer.error);
        else keep(withTail(answer.value, latest.current));
      }
      const isBusy = latest.current?.runs.some((run) => run.status === "running" || run.status === "queued");
      timer = setTimeout(look, isBusy ? BUSY_MS : IDLE_MS);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [status, search]);

  const older = async () => {
    const cursor = list?.next_cursor;
    if (!cursor) return;
    const answer = await ask((client) => client.runs.list({ ...query, limit: PAGE, cursor }));
    if (!answer.ok) setFailure(answer.error);
    else keep({ runs: [...(latest.current?.runs ?? []), ...answer.value.runs], next_cursor: answer.value.next_cursor });
  };
  return { list, failure, older };
}

/** The newest runs in their current state, followed by the runs loaded earlier. */
function withTail(fresh: RunList, known: RunList | undefined): RunList {
  const last = fresh.runs.at(-1)?.run_id ?? "";
  const tail = fresh.next_cursor === null ? [] : (known?.runs ?? []).filter(({ run_id }) => run_id < last);
  return tail.length === 0 ? fresh : { runs: [...fresh.runs, ...tail], next_cursor: known?.next_cursor ?? null };
}
