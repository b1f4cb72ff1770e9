// Events of made-up runs, for the tests of the summary and the reporters.
import type { PlannedTask, RunEvent, RunEventBody } from "../../../src/schema/event.js";
import type { TaskRecord } from "../../../src/schema/result.js";

type Bodies = { [T in RunEventBody["type"]]: Extract<RunEventBody, { type: T }> };

/** Gives each body what the run adds: version, number, time (one second apart) and run id. */
export function numbered(bodies: readonly RunEventBody[]): RunEvent[] {
  return bodies.map((body, i) => ({
    v: 1,
    seq: i + 1,
    time: new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + i)).toISOString(),
    run_id: "run-1",
    ...body,
  }));
}

/** A successful result; `fields` replace what matters to a test. */
export function record(fields: Partial<TaskRecord> = {}): TaskRecord {
  const index = fields.index ?? 0;
  return {
    task_id: `task-${index + 1}`,
    index,
    name: `Task ${index + 1}`,
    backend: "claude",
    status: "OK",
    exit_code: 0,
    content: "An answer.\n",
    duration_seconds: 1.5,
    model: "model-1",
    session_id: null,
    usage: null,
    cost_usd: null,
    attempts: 1,
    refusals: null,
    tags: [],
    meta: {},
    workdir: "/project",
    start_time: "2026-01-02T03:04:06.000Z",
    end_time: "2026-01-02T03:04:07.500Z",
    ...fields,
  };
}

export function failed(fields: Partial<TaskRecord> = {}): TaskRecord {
  return record({
    status: "FAILED",
    exit_code: 1,
    content: "",
    failure: { kind: "crashed", message: "killed by SIGSEGV" },
    ...fields,
  });
}

export function runStarted(
  results: readonly TaskRecord[],
  fields: Partial<Bodies["run_started"]> & { verbose?: boolean } = {},
): RunEventBody {
  const { verbose = false, ...rest } = fields;
  return {
    type: "run_started",
    kind: "parallel",
    total_tasks: results.length,
    max_parallel: 3,
    fail_fast: false,
    offline: false,
    tasks: results.map((result) => ({ ...plannedOf(result), verbose })),
    ...rest,
  };
}

export function plannedOf({ task_id, index, name, backend, workdir, model, tags, meta }: TaskRecord): PlannedTask {
  return { task_id, index, name, backend, workdir, model, verbose: false, tags, meta };
}

export function taskStarted({ task_id, attempts }: TaskRecord): RunEventBody {
  return { type: "task_started", task_id, attempt: attempts, command: "claude -p" };
}

export function taskFinished(result: TaskRecord): RunEventBody {
  return { type: "task_finished", task_id: result.task_id, attempt: result.attempts, result };
}

export function runFinished(fields: Partial<Bodies["run_finished"]> = {}): RunEventBody {
  return { type: "run_finished", total_duration_seconds: 15.67, ...fields };
}

/** A whole run in which the tasks end in the order given. */
export function wholeRun(results: readonly TaskRecord[], finishing: readonly TaskRecord[] = results): RunEvent[] {
  return numbered([
    runStarted(results),
    ...finishing.flatMap((result) => [taskStarted(result), taskFinished(result)]),
    runFinished(),
  ]);
}

/** The run that the user guide shows. */
export const guideResults: readonly TaskRecord[] = [
  record({
    index: 0,
    name: "Architecture Review",
    backend: "claude",
    content: "Analyzing code structure...",
    duration_seconds: 12.34,
  }),
  record({
    index: 1,
    name: "Performance Analysis",
    backend: "codex",
    content: "Checking algorithmic complexity...\n",
    duration_seconds: 8.21,
  }),
  record({
    index: 2,
    name: "Security Audit",
    backend: "gemini",
    content: "Scanning for vulnerabilities...",
    duration_seconds: 15.67,
  }),
];

const judge = record({ index: 1, task_id: "judge", name: "Judge", content: "*Merge* it" });

/** A run with a task, its vote, and a judge. */
export const council: readonly RunEvent[] = numbered([
  runStarted([record()], { prompt: "Which <one>?", judge: plannedOf(judge) }),
  taskFinished(record()),
  taskFinished(judge),
  runFinished({
    vote: {
      of: "choice",
      votes: [{ task_id: "task-1", backend: "claude", value: "<yes>" }],
      counts: [{ value: "<yes>", count: 1 }],
      majority: "<yes>",
      minority: [],
      missing: [],
    },
  }),
]);
