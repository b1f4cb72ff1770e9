// The events of a run, one after another, with only what a test cares about spelled out.
import type { Plan } from "../../src/plan/plan.js";
import type { RunEvent, RunEventBody } from "../../src/schema/event.js";
import type { Status, TaskRecord } from "../../src/schema/result.js";
import type { Task } from "../../src/schema/task.js";

export const RUN_ID = "20260101-000000-abcdef";

/** Numbers events; a second apart, from the first moment of 2026. */
export class Events {
  #seq: number;
  readonly #runId: string;

  constructor(runId = RUN_ID, nextSeq = 1) {
    this.#runId = runId;
    this.#seq = nextSeq - 1;
  }

  next(body: RunEventBody): RunEvent {
    this.#seq += 1;
    const time = new Date(Date.UTC(2026, 0, 1) + (this.#seq - 1) * 1000).toISOString();
    return { v: 1, seq: this.#seq, time, run_id: this.#runId, ...body };
  }

  started(plan: Plan): RunEvent {
    const planned = (task: Task) => ({
      task_id: task.id,
      index: task.index,
      name: task.name,
      backend: task.backend,
      workdir: task.workdir,
      model: null,
      verbose: false,
      tags: task.tags,
      meta: task.meta,
    });
    const tasks = plan.tasks.map(planned);
    const { max_parallel, fail_fast, offline } = plan;
    return this.next({
      type: "run_started",
      kind: plan.kind,
      total_tasks: tasks.length,
      max_parallel,
      fail_fast,
      offline,
      tasks,
      ...(plan.judge ? { judge: planned(plan.judge) } : {}),
    });
  }

  taskStarted(task_id: string): RunEvent {
    return this.next({ type: "task_started", task_id, attempt: 1, command: "claude -p" });
  }

  output(task_id: string, text: string): RunEvent {
    return this.next({ type: "task_output", task_id, attempt: 1, text });
  }

  taskFinished(task_id: string, status: Status = "OK", overrides: Partial<TaskRecord> = {}): RunEvent {
    return this.next({ type: "task_finished", task_id, attempt: 1, result: recordOf(task_id, status, overrides) });
  }

  resumed(remaining: string[]): RunEvent {
    return this.next({ type: "run_resumed", remaining });
  }

  finished(seconds = 10, by?: "SIGINT"): RunEvent {
    const interrupted = by === undefined ? {} : { interrupted_by: by };
    return this.next({ type: "run_finished", total_duration_seconds: seconds, ...interrupted });
  }
}

export function recordOf(task_id: string, status: Status, overrides: Partial<TaskRecord> = {}): TaskRecord {
  const index = Number(task_id.slice(5)) - 1;
  return {
    task_id,
    index,
    name: `Task ${index + 1}`,
    backend: "claude",
    status,
    exit_code: status === "OK" ? 0 : 1,
    content: `the answer of ${task_id}`,
    ...(status === "OK" ? {} : { failure: { kind: "crashed" as const, message: "it broke" } }),
    duration_seconds: 1.5,
    model: "m",
    session_id: null,
    usage: null,
    cost_usd: null,
    attempts: 1,
    refusals: null,
    tags: [],
    meta: {},
    workdir: "/",
    start_time: "2026-01-01T00:00:00.000Z",
    end_time: "2026-01-01T00:00:01.500Z",
    ...overrides,
  };
}

export function finishAll(events: Events, count: number): RunEvent[] {
  return Array.from({ length: count }, (_, i) => [
    events.taskStarted(`task-${i + 1}`),
    events.output(`task-${i + 1}`, "some text\n"),
    events.taskFinished(`task-${i + 1}`),
  ]).flat();
}
