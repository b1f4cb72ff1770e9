// Sums up a run, from its folded events, as one line of a list. Pure, without Node's modules.
import type { RunOverviewBody } from "../schema/api.js";
import type { BackendName } from "../schema/backend-name.js";
import type { RunKind, RunStartedBody } from "../schema/event.js";
import type { RunFilter, RunOutcome, RunStatus } from "../schema/run.js";
import { activeSeconds, allTasks, type Counts, counts, type RunState, recordsWithJudge, totals } from "./summary.js";

export interface RunOverview {
  run_id: string;
  kind: RunKind;
  /** As in `run_started`; absent also in what older versions recorded. */
  name?: string;
  /** Name of the first task, often the beginning of its prompt; absent in what older versions kept. */
  first_task?: string;
  status: RunStatus;
  /** `null` = nothing has failed, and not everything has succeeded. Absent in what older versions kept. */
  outcome?: RunOutcome | null;
  counts: Counts;
  /** ISO 8601, UTC; `null` if nothing was recorded. */
  start_time: string | null;
  /** Time of the last event, whatever it was. */
  last_event_time: string | null;
  /** Time in which a process worked on the run; pauses before a resume are left out. */
  duration_seconds: number;
  /** US dollars, as far as they are known; `null` = nothing is known. Absent in what older versions kept. */
  cost_usd?: number | null;
  offline: boolean;
  dry_run?: boolean;
  /** Absolute path. */
  directory?: string;
  /** The backends that the tasks and the judge were planned for, each once. */
  backends?: BackendName[];
  /** ISO 8601, UTC. Only while it runs: its process has shown no sign of life since then, so it may be suspended or gone. */
  silent_since?: string;
}

/** The fields of an overview that do not change during the run. */
type About = Pick<RunOverview, "kind" | "name" | "first_task" | "offline" | "dry_run" | "directory" | "backends">;

/** The overview from the run's events; the caller knows whether a process still works on the run. */
export function runOverview(run_id: string, state: RunState): RunOverview {
  // Here a task without a result is unfinished, also after the run's end.
  const { finished, ...open } = state;
  return {
    run_id,
    ...(state.started ? aboutRun(state.started) : { kind: "parallel", offline: false }),
    status: statusOf(state),
    outcome: outcomeOf(state),
    counts: counts(open),
    start_time: state.first_time ?? null,
    last_event_time: state.last_time ?? null,
    duration_seconds: finished?.total_duration_seconds ?? activeSeconds(state),
    cost_usd: totals(state).cost_usd,
  };
}

/** The fields of an overview that come from the first event. */
export function aboutRun(started: RunStartedBody): About {
  const { kind, name, offline, dry_run, directory } = started;
  const first_task = started.tasks[0]?.name;
  const backends = [...new Set(allTasks(started).map(({ backend }) => backend))];
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    ...(first_task === undefined ? {} : { first_task }),
    offline,
    ...(dry_run === undefined ? {} : { dry_run }),
    ...(directory === undefined ? {} : { directory }),
    backends,
  };
}

function statusOf(state: RunState): Exclude<RunStatus, "running"> {
  const { started, finished } = state;
  if (started === undefined || finished === undefined || finished.interrupted_by !== undefined) return "interrupted";
  // A task without a result was interrupted.
  if (allTasks(started).some(({ task_id }) => !state.results.has(task_id))) return "interrupted";
  return recordsWithJudge(state).some(({ status }) => status === "WAITING") ? "waiting" : "finished";
}

/** The outcome so far, the judge included. */
function outcomeOf(state: RunState): RunOutcome | null {
  const all = recordsWithJudge(state);
  if (all.some(({ status }) => status === "FAILED" || status === "TIMEOUT")) return "failed";
  const isWhole = state.started !== undefined && all.length === allTasks(state.started).length;
  return isWhole && all.every(({ status }) => status === "OK") ? "succeeded" : null;
}

/** Whether a run passes the filter of a list. */
export function fitsFilter({ status, outcome, counts: { failed } }: RunOverviewBody, filter: RunFilter): boolean {
  // Overviews of older versions have no outcome.
  return filter === "failed" ? outcome === "failed" || failed > 0 : status === filter;
}

/** Whether all words of a search, in any case, are in the fields that a list shows of a run. */
export function fitsSearch(
  { run_id, kind, name = "", first_task = "", directory = "", backends = [] }: RunOverviewBody,
  search: string,
): boolean {
  const text = [run_id, kind, name, first_task, directory, ...backends].join(" ").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
