// Folds the events of a run into its state: the one place that counts tasks and makes sums.
// Pure, without Node's modules: the web page uses it too.
import type { RunEvent } from "../schema/event.js";
import { type RunResult, TASK_EXIT, type TaskRecord } from "../schema/result.js";
import type { Usage } from "../schema/usage.js";

type Started = Extract<RunEvent, { type: "run_started" }>;
type Finished = Extract<RunEvent, { type: "run_finished" }>;
type Planned = Started["tasks"][number];

/** The state of a run after some of its events. */
export interface RunState {
  /** `false`: the answers of `results` are dropped, for consumers that only count. */
  readonly keep_content: boolean;
  /** Absent until the first event. */
  started?: Started;
  /** Absent until the last event. */
  finished?: Finished;
  /** By task id, in the order of completion. */
  results: Map<string, TaskRecord>;
  /** What the run warned of, each text once; those of a task begin with its id. */
  warnings: Set<string>;
  /** When the first event happened, ISO 8601; absent before it. */
  first_time?: string;
  /** When the latest event happened. */
  last_time?: string;
  /** Start of the run's current process, or of its last one. */
  began?: string;
  /** Seconds in which earlier processes worked on the run, without the pause before each resume. */
  past_seconds: number;
}

/** Counts of tasks by status. The five add up to `total`; `unfinished` is 0 when the run has ended. */
export interface Counts {
  total: number;
  completed: number;
  /** FAILED and TIMEOUT. */
  failed: number;
  canceled: number;
  waiting: number;
  unfinished: number;
}

/** The state before the first event. */
export function emptyRun({ keep_content = true }: { keep_content?: boolean } = {}): RunState {
  return { keep_content, results: new Map(), warnings: new Set(), past_seconds: 0 };
}

/**
 * Adds one event to `state`, in place, and returns it. Live text and activity are not kept, so memory grows only with
 * the number of tasks (and with their answers of up to 256 KiB each, if `keep_content`).
 */
export function fold(state: RunState, event: RunEvent): RunState {
  state.first_time ??= event.time;
  state.began ??= event.time;
  switch (event.type) {
    case "run_started":
      state.started = event;
      break;
    case "run_resumed":
      state.past_seconds = activeSeconds(state);
      state.began = event.time;
      for (const taskId of event.remaining) state.results.delete(taskId);
      delete state.finished;
      break;
    case "task_started":
      // It runs again, even if the line that said so is lost.
      state.results.delete(event.task_id);
      break;
    case "task_finished":
      state.results.set(event.task_id, state.keep_content ? event.result : { ...event.result, content: "" });
      break;
    case "run_finished":
      state.finished = event;
      break;
    case "warning":
      state.warnings.add(event.task_id === undefined ? event.message : `${event.task_id}: ${event.message}`);
      break;
    case "task_output":
    case "task_activity":
    case "task_retrying":
    case "lane_changed":
    case "lane_parked":
    case "lane_paused":
      break;
    default:
      event satisfies never;
  }
  state.last_time = event.time;
  return state;
}

/** Seconds in which processes worked on the run so far, by the times of its events. */
export function activeSeconds({ past_seconds, began, last_time }: RunState): number {
  if (began === undefined || last_time === undefined) return past_seconds;
  return past_seconds + Math.max(0, Date.parse(last_time) - Date.parse(began)) / 1000;
}

/** The tasks of the run, in file order. */
export function plannedTasks(state: RunState): readonly Planned[] {
  return state.started?.tasks ?? [];
}

/** The tasks of a plan or a run and, if it has one, its judge. */
export function allTasks<T>({ tasks, judge }: { tasks: readonly T[]; judge?: T | undefined }): readonly T[] {
  return judge === undefined ? tasks : [...tasks, judge];
}

/**
 * The results so far, in file order. Once the run has ended there is one for every task: a task that never reported
 * (its run was interrupted) counts as CANCELED.
 */
export function records(state: RunState): TaskRecord[] {
  const found: TaskRecord[] = [];
  for (const task of plannedTasks(state)) {
    const record = state.results.get(task.task_id);
    if (record !== undefined) found.push(record);
    else if (state.finished !== undefined) found.push(neverReported(task));
  }
  return found;
}

/** Counts the tasks by status; works at any time. */
export function counts(state: RunState): Counts {
  const total = plannedTasks(state).length;
  const sum: Counts = { total, completed: 0, failed: 0, canceled: 0, waiting: 0, unfinished: total };
  for (const { status } of records(state)) {
    sum.unfinished -= 1;
    switch (status) {
      case "OK":
        sum.completed += 1;
        break;
      case "FAILED":
      case "TIMEOUT":
        sum.failed += 1;
        break;
      case "CANCELED":
        sum.canceled += 1;
        break;
      case "WAITING":
        sum.waiting += 1;
        break;
      default:
        status satisfies never;
    }
  }
  return sum;
}

/** Whether a result is none: it was lost on its way, such as on a full disk. A resume runs the task again. */
export function isLost({ failure }: Pick<TaskRecord, "failure">): boolean {
  return failure?.kind === "lost";
}

/** The result of the judge; `undefined` = the run has none, or it has not ended yet. */
export function judgeRecord({ started, finished, results }: RunState): TaskRecord | undefined {
  if (!started?.judge) return undefined;
  return results.get(started.judge.task_id) ?? (finished && neverReported(started.judge));
}

/** `records` and, if the run has a judge, the judge's record. */
export function recordsWithJudge(state: RunState): TaskRecord[] {
  const judge = judgeRecord(state);
  return judge ? [...records(state), judge] : records(state);
}

/** The known usage of all tasks with a result, the judge included; works at any time. */
export function totals(state: RunState): Pick<RunResult, "usage" | "cost_usd"> {
  const all = recordsWithJudge(state);
  return {
    usage: sumUsage(all.map((record) => record.usage)),
    cost_usd: sumKnown(all.map((record) => record.cost_usd)),
  };
}

/** Why the run ended before its tasks did; `undefined` if it did not. */
export function interruptedBy(state: RunState): Finished["interrupted_by"] {
  return state.finished?.interrupted_by;
}

/** The sum of the known values; `null` if none is known. */
export function sumUsage(all: readonly (Usage | null)[]): Usage | null {
  const known = all.filter((usage) => usage !== null);
  if (known.length === 0) return null;
  return {
    input_tokens: sumKnown(known.map((usage) => usage.input_tokens)),
    output_tokens: sumKnown(known.map((usage) => usage.output_tokens)),
    cached_tokens: sumKnown(known.map((usage) => usage.cached_tokens)),
    reasoning_tokens: sumKnown(known.map((usage) => usage.reasoning_tokens)),
  };
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const sum = known.reduce((a, b) => a + b, 0);
  // Binary fractions of cents add up to noise in the last digits.
  return Number(sum.toPrecision(12));
}

function neverReported(task: Planned): TaskRecord {
  return {
    task_id: task.task_id,
    index: task.index,
    name: task.name,
    backend: task.backend,
    status: "CANCELED",
    exit_code: TASK_EXIT.canceled,
    content: "",
    failure: { kind: "canceled", message: "the run ended before this task did" },
    duration_seconds: 0,
    model: task.model,
    session_id: null,
    usage: null,
    cost_usd: null,
    attempts: 0,
    refusals: null,
    tags: task.tags,
    meta: task.meta,
    workdir: task.workdir,
    start_time: null,
    end_time: null,
  };
}
