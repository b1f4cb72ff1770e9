// The order in which a plan runs its tasks.

import type { Task } from "../schema/task.js";
import type { Plan } from "./plan.js";

/** What of a plan says in which order its tasks run. */
export type Staged = Pick<Plan, "kind" | "tasks" | "judge">;

/** The tasks of a plan by stage; the judge is one of them. */
export function stagesOf({ kind, tasks, judge }: Staged): Task[][] {
  const stages: Task[][] = kind === "chain" ? tasks.map((task) => [task]) : [[...tasks]];
  return judge ? [...stages, [judge]] : stages;
}
