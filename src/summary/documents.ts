// The JSON documents of the commands, each made of a run that has ended. Pure, as the fold itself is.
import type { ChainResult, CompareResult, RunResult, StepResult, TaskRecord } from "../schema/result.js";
import { type RunState, records, runResult, taskResult, totals } from "./summary.js";

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

/** The document of a chain; the text of an answer that lives in a file is empty here, as in `runResult`. */
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
  return { run_id: started.run_id, total_duration_seconds, start_time: started.time, end_time, ...totals(state) };
}
