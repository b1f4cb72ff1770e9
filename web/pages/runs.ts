// The list of runs, newest first; those under way are kept up to date.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunList, RunOverviewBody } from "../../src/schema/api.js";
import { API_RUN_STATUSES } from "../../src/schema/run.js";
import { agoText } from "../../src/util/time-text.js";
import { type ApiFailure, call } from "../data/api.js";
import { hrefOf } from "../data/route.js";
import { duration } from "../data/words.js";
import { useTitle } from "../parts/page.js";
import { countWords, ProgressBar } from "../parts/progress.js";
import { StatusMark, stateWord } from "../parts/status.js";

const PAGE = 50;
/** The server gives no more at once. */
const MOST = 200;
const BUSY_MS = 1500;
const IDLE_MS = 3000;

export function RunsPage() {
  useTitle("Runs");
  const [status, setStatus] = useState("");
  const { list, failure, older } = useRuns(status);
  const runs = list?.runs ?? [];
  const choose = (event: Event) => setStatus((event.target as HTMLSelectElement).value);
  return html`<div class="page">
    <div class="title-line">
      <h1 tabindex=${-1}>Runs</h1>
      <label class="inline">Show
        <select value=${status} onChange=${choose}>
          <option value="">all</option>
          ${API_RUN_STATUSES.map((one) => html`<option value=${one}>${stateWord(one).toLowerCase()}</option>`)}
        </select>
      </label>
    </div>
    ${failure && html`<p class="problem-box" role="alert">${failure.message}</p>`}
    ${list && runs.length === 0 && html`<${Empty} isFiltered=${status !== ""} />`}
    ${
      runs.length > 0 &&
      html`<table class="runs">
        <thead><tr>
          <th scope="col">Run</th><th scope="col">Status</th><th scope="col">Progress</th>
          <th scope="col">Started</th><th scope="col" class="number">Duration</th>
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
  const { run_id, kind, status, counts, start_time, offline } = run;
  const seconds = status === "running" && start_time ? (now - Date.parse(start_time)) / 1000 : run.duration_seconds;
  return html`<tr>
    <td class="run-name">
      <a href=${hrefOf({ page: "run", run_id })}><span class="mono">${run_id}</span></a>
      <span class="faint">${kind}</span>
      ${kind === "compare" && html`<a class="beside" href=${hrefOf({ page: "compare", run_id, tasks: [] })}>side by side</a>`}
      ${offline && html`<span class="tag" title="Answered by the built-in offline model">offline</span>`}
    </td>
    <td class="run-status"><${StatusMark} state=${status} /></td>
    <td class="run-progress"><${ProgressBar} counts=${counts} /><span class="faint">${countWords(counts)}</span></td>
    <td class="run-start faint">
      ${start_time && html`<time datetime=${start_time} title=${new Date(start_time).toLocaleString()}>${agoText(start_time, now)}</time>`}
    </td>
    <td class="run-duration number">${duration(Math.max(0, seconds))}</td>
  </tr>`;
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return html`<p class="empty">No run has this status.</p>`;
  return html`<div class="empty">
    <h2>Nothing has run yet</h2>
    <p>A run is a list of tasks for AI coding CLIs, worked on at the same time. It begins here, on the command line or by a request.</p>
    <p><a class="button primary" href=${hrefOf({ page: "start" })}>Start a run</a></p>
    <pre class="code">clinvk parallel -f tasks.json</pre>
  </div>`;
}

/** The runs with a status, looked at again and again while the page is seen. */
function useRuns(status: string): { list: RunList | undefined; failure: ApiFailure | undefined; older: () => void } {
  const [list, setList] = useState<RunList>();
  const [failure, setFailure] = useState<ApiFailure>();
  const latest = useRef(list);
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
        const answer = await call<RunList>(runsPath(limit, status), { signal: stop.signal });
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
  }, [status]);

  const older = async () => {
    const cursor = list?.next_cursor;
    if (!cursor) return;
    const answer = await call<RunList>(runsPath(PAGE, status, cursor));
    if (!answer.ok) setFailure(answer.error);
    else keep({ runs: [...(latest.current?.runs ?? []), ...answer.value.runs], next_cursor: answer.value.next_cursor });
  };
  return { list, failure, older };
}

/** The newest as they are now, and behind them those that were loaded before. */
function withTail(fresh: RunList, known: RunList | undefined): RunList {
  const last = fresh.runs.at(-1)?.run_id ?? "";
  const tail = fresh.next_cursor === null ? [] : (known?.runs ?? []).filter(({ run_id }) => run_id < last);
  return tail.length === 0 ? fresh : { runs: [...fresh.runs, ...tail], next_cursor: known?.next_cursor ?? null };
}

function runsPath(limit: number, status: string, cursor?: string): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (status !== "") query.set("status", status);
  if (cursor !== undefined) query.set("cursor", cursor);
  return `api/v1/runs?${query}`;
}
