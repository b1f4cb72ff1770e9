// Prepares the judge of a council: checks its prompt, and shows it the answers without names and in random order.

import type { Report } from "../document/diagnostics.js";
import type { Task } from "../schema/task.js";
import type { TaskFile } from "../schema/task-file.js";
import { nearest } from "../util/nearest.js";
import { randomFrom, shuffled } from "../util/random.js";
import { parseTemplate, slotsOf, type Template } from "../util/template.js";

/** The judge's id in events, files and reports, unless the file gives another one. */
export const JUDGE_ID = "judge";

/** The judge's prompt, with its places for the answers and for piped text. */
export function judgeTemplate({ prompt }: Pick<Task, "prompt">): Template {
  return parseTemplate(prompt, ["results", "stdin"]);
}

/** Reports problems that would keep the judge from working. */
export function checkJudge(judge: Task, tasks: readonly Task[], context: string | undefined, report: Report): void {
  const slots = slotsOf(judgeTemplate(judge));
  if (judge.prompt.trim() === "") report("judge.prompt", "the prompt is empty");
  else if (!slots.some(({ kind }) => kind === "results"))
    report("judge.prompt", "there is no `{{results}}` in it: the judge would not see the answers");
  if (context === undefined && slots.some(({ kind }) => kind === "stdin"))
    report("judge.prompt", "`{{stdin}}`: nothing is piped in");
  if (tasks.some(({ id }) => id === judge.id))
    report("judge.id", `the judge's id "${judge.id}" is also the id of a task`, "choose another id");
}

/** The ids of the tasks that vote; reports ids that no task has. */
export function votersOf(
  { tasks: ids, tags }: NonNullable<TaskFile["vote"]>,
  tasks: readonly Task[],
  report: Report,
): string[] {
  const known = tasks.map(({ id }) => id);
  ids?.forEach((id, index) => {
    if (known.includes(id)) return;
    const near = nearest(id, known);
    report(`vote.tasks[${index}]`, `there is no task with the id "${id}"`, near && `did you mean "${near}"?`);
  });
  const voters = tasks.filter(
    (task) => (!ids || ids.includes(task.id)) && (!tags || task.tags.some((tag) => tags.includes(tag))),
  );
  if (voters.length === 0 && tags) report("vote.tags", "no task with one of these tags votes");
  else if (ids?.length === 0) report("vote.tasks", "it names no task, so no task would vote");
  return voters.map(({ id }) => id);
}

/**
 * The answers as the judge sees them. Order and marks come from the run's id: they stay the same when the run is resumed,
 * and a model can't guess them to fake an answer that looks like several.
 */
export function anonymous(answers: readonly string[], runId: string): string {
  const random = randomFrom(runId);
  const mark = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
  return shuffled(answers, random)
    .map((answer, index) => {
      const title = `Answer ${letters(index)} [${mark}]`;
      return `===== ${title} =====\n${answer}${answer.endsWith("\n") ? "" : "\n"}===== end of ${title} =====`;
    })
    .join("\n\n");
}

/** A, B, …, Z, AA, AB, … */
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
