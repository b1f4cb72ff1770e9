// The order in which a plan runs its tasks.

import type { Task } from "../schema/task.js";
import type { Plan } from "./plan.js";

/** The parts of a plan that set the order of its tasks. */
export type Staged = Pick<Plan, "kind" | "tasks" | "judge">;

/** The tasks of a plan by stage; the judge is one of them. */
export function stagesOf({ kind, tasks, judge }: Staged): Task[][] {
  const stages: Task[][] = kind === "chain" ? tasks.map((task) => [task]) : [[...tasks]];
  return judge ? [...stages, [judge]] : stages;
}
