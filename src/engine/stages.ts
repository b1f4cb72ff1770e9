// A run goes through stages: a stage begins when every task of those before it has ended for good. The tasks of a file are
// one stage, each step of a chain is one, and the judge of a council is the last.

import type { Plan } from "../plan/plan.js";
import { type Staged, stagesOf } from "../plan/stages.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";

/** How tasks ended, by id. */
export type RecordsById = ReadonlyMap<string, TaskRecord>;

/** Why a task does not start, given how all of the stages before its own ended; `undefined` = it starts. */
export function blockedBy(task: Task, plan: Plan, ended: RecordsById): Failure | undefined {
  const isJudge = task.id === plan.judge?.id;
  const statuses = [...ended.values()].map(({ status }) => status);
  if (statuses.includes("WAITING"))
    return canceled(isJudge ? "answers that it needs wait for a quota" : "a step before it waits for a quota");
  if (isJudge) return statuses.includes("OK") ? undefined : canceled("there are no answers to judge");
  return plan.fail_fast && statuses.some((status) => status !== "OK")
    ? canceled("the step before it failed")
    : undefined;
}

/** Of what has ended, that which stays so when the rest runs: the stages after the first that is not complete run anew. */
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
