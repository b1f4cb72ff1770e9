// A run goes through stages: a stage begins when every task of those before it has ended for good. The tasks of a file are
// one stage, each step of a chain is one, and the judge of a council is the last.
import type { Plan } from "../plan/plan.js";
import { type Staged, stagesOf } from "../plan/stages.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import { TaskRun } from "./task-run.js";

/** How tasks ended, by task id. */
export type RecordsById = ReadonlyMap<string, TaskRecord>;

/** A stage that begins: the tasks that may start, and the blocked ones with the reason. */
export interface NextStage {
  ready: TaskRun[];
  blocked: { taskRun: TaskRun; failure: Failure }[];
}

/** The stages of a run that are still to come, and the records of the tasks before them. */
export class StageQueue {
  readonly #plan: Plan;
  /** The tasks of the first stage: nothing blocks them. */
  readonly first: readonly TaskRun[];
  #later: readonly (readonly TaskRun[])[];
  readonly #records: Map<string, TaskRecord>;

  /** `finished`: tasks that have already ended and do not run again. */
  constructor(plan: Plan, finished: RecordsById) {
    this.#plan = plan;
    const [first = [], ...later] = stagesOf(plan).map((stage) =>
      stage.filter(({ id }) => !finished.has(id)).map((task) => new TaskRun(task)),
    );
    this.first = first;
    this.#later = later;
    this.#records = new Map(finished);
  }

  /** The records that a later stage or a vote may need. */
  get records(): RecordsById {
    return this.#records;
  }

  /** Call when a task has ended for good. */
  add(record: TaskRecord): void {
    if (this.#later.length > 0 || this.#plan.vote) this.#records.set(record.task_id, record);
  }

  /** The next stage. Call it only when all tasks of the stages before have ended; `undefined` = there is no more. */
  next(): NextStage | undefined {
    const [stage, ...later] = this.#later;
    if (!stage) return undefined;
    this.#later = later;
    const next: NextStage = { ready: [], blocked: [] };
    for (const taskRun of stage) {
      const failure = blockedBy(taskRun.task, this.#plan, this.#records);
      if (failure) next.blocked.push({ taskRun, failure });
      else next.ready.push(taskRun);
    }
    return next;
  }

  /** The tasks of the stages that have not begun. */
  get waiting(): readonly TaskRun[] {
    return this.#later.flat();
  }

  /** Takes out the tasks of all stages that have not begun. */
  takeAll(): TaskRun[] {
    const all = this.#later.flat();
    this.#later = [];
    return all;
  }
}

/** Why a task can't start, given the records of the stages before its own; `undefined` = it can. */
function blockedBy(task: Task, plan: Plan, ended: RecordsById): Failure | undefined {
  const isJudge = task.id === plan.judge?.id;
  const statuses = [...ended.values()].map(({ status }) => status);
  if (statuses.includes("WAITING"))
    return canceled(isJudge ? "answers that it needs wait for a quota" : "a step before it waits for a quota");
  if (isJudge) return statuses.includes("OK") ? undefined : canceled("there are no answers to judge");
  return plan.fail_fast && statuses.some((status) => status !== "OK")
    ? canceled("the step before it failed")
    : undefined;
}

/** The records that stay valid when a run is resumed: all stages after the first incomplete one run again. */
export function keptRecords(plan: Staged, ended: RecordsById): Map<string, TaskRecord> {
  const kept = new Map<string, TaskRecord>();
  for (const stage of stagesOf(plan)) {
    for (const { id } of stage) {
      const record = ended.get(id);
      if (record) kept.set(id, record);
    }
    if (stage.some(({ id }) => !ended.has(id))) break;
  }
  return kept;
}

function canceled(message: string): Failure {
  return { kind: "canceled", message };
}
