// Makes the JSON documents of the commands from a run that has ended. Pure, like the fold itself.
import type { ChainResult, CompareResult, RunResult, StepResult, TaskRecord, TaskResult } from "../schema/result.js";
import { counts, judgeRecord, type RunState, records, totals } from "./summary.js";

/** The document of a run, as its command prints it; `undefined` until the run has ended. */
export function documentOf(state: RunState): RunResult | ChainResult | CompareResult | undefined {
  const kind = state.started?.kind ?? "parallel";
  switch (kind) {
    case "chain":
      return chainResult(state);
    case "compare":
      return compareResult(state);
    case "parallel":
    case "prompt":
      return runResult(state);
    default:
      return kind satisfies never;
  }
}

/**
 * The document of `--json`; `undefined` until the run has ended. The `content` of an answer that is kept in a file is
 * empty here: the writer of the document streams it (see `records`).
 */
export function runResult(state: RunState): RunResult | undefined {
  const { started, finished } = state;
  if (started === undefined || finished === undefined) return undefined;
  const all = records(state);
  const { total, completed, failed, canceled, waiting } = counts(state);
  const judge = judgeRecord(state);
  return {
    run_id: started.run_id,
    ...offlineOf(started),
    total_tasks: total,
    completed_tasks: completed,
    failed_tasks: failed,
    canceled_tasks: canceled,
    waiting_tasks: waiting,
    total_duration_seconds: finished.total_duration_seconds,
    start_time: started.time,
    end_time: finished.time,
    ...totals(state),
    ...(started.session === undefined ? {} : { session: started.session }),
    ...warningsOf(state),
    ...(finished.vote ? { vote: finished.vote } : {}),
    ...(judge ? { verdict: judge.status === "OK" ? judge.content : null, judge: taskResult(judge) } : {}),
    results: all.map(taskResult),
  };
}

/** Absent if there are none. */
function warningsOf({ warnings }: RunState): { warnings?: string[] } {
  return warnings.size === 0 ? {} : { warnings: [...warnings] };
}

function offlineOf({ offline }: NonNullable<RunState["started"]>): { offline?: true } {
  return offline ? { offline } : {};
}

/** One task's result as it appears in the document, in the order of the schema, without the path of a large answer. */
export function taskResult(record: TaskRecord): TaskResult {
  const fields = Object.keys(RESULT_FIELDS) as (keyof TaskResult)[];
  // The record has every required field of a result.
  return Object.fromEntries(
    fields.flatMap((field) => (record[field] === undefined ? [] : [[field, record[field]]])),
  ) as TaskResult;
}

/** All fields of a result (the compiler checks that none is missing), in the order of the printed document. */
const RESULT_FIELDS: Readonly<Record<keyof TaskResult, true>> = {
  task_id: true,
  index: true,
  name: true,
  backend: true,
  fallback_from: true,
  status: true,
  exit_code: true,
  content: true,
  structured: true,
  failure: true,
  command: true,
  duration_seconds: true,
  model: true,
  session_id: true,
  usage: true,
  cost_usd: true,
  attempts: true,
  refusals: true,
  tags: true,
  meta: true,
  workdir: true,
  start_time: true,
  end_time: true,
};

/** The document of a chain; the text of an answer that is kept in a file is empty here, as in `runResult`. */
export function chainResult(state: RunState): ChainResult | undefined {
  const head = headOf(state);
  if (!head) return undefined;
  const all = records(state);
  const { run_id, ...rest } = head;
  return {
    run_id,
    total_steps: all.length,
    completed_steps: all.filter(({ status }) => status === "OK").length,
    failed_step: failedStep(all),
    ...rest,
    results: all.map(stepResult),
  };
}

/** The document of a comparison, in the same way. */
export function compareResult(state: RunState): CompareResult | undefined {
  const head = headOf(state);
  if (!head) return undefined;
  const { run_id, ...rest } = head;
  const { tasks = [], prompt = "" } = state.started ?? {};
  return {
    run_id,
    prompt,
    backends: tasks.map(({ backend }) => backend),
    ...rest,
    results: records(state).map((record) => ({ ...taskResult(record), output: record.content })),
  };
}

function stepResult(record: TaskRecord): StepResult {
  return { step: record.index + 1, ...taskResult(record), output: record.content };
}

/** The number of the first step that failed; 0 = none. */
function failedStep(steps: readonly TaskRecord[]): number {
  return steps.findIndex(({ status }) => status === "FAILED" || status === "TIMEOUT") + 1;
}

function headOf(state: RunState) {
  const { started, finished } = state;
  if (!started || !finished) return undefined;
  const { total_duration_seconds, time: end_time } = finished;
  const head = { run_id: started.run_id, ...offlineOf(started), total_duration_seconds, start_time: started.time };
  return { ...head, end_time, ...totals(state), ...warningsOf(state) };
}
