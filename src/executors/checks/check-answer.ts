// Checks a successful answer: its form (`output_schema`) and the conditions of the task (`expect`).

import { readFileSync } from "node:fs";
import type { Task } from "../../schema/task.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { Attempt } from "../executor.js";
import { checkExpectations } from "./check.js";
import type { GitState } from "./git-state.js";
import { repairPrompt, validateAnswer } from "./output-schema.js";
import type { Place } from "./run-limited.js";

/** Returns the attempt unchanged, or with the failure `schema_invalid` or `check_failed`. Keeps the answer in any case. */
export async function judgeAnswer(
  attempt: Attempt,
  task: Task,
  place: Place,
  git_before: GitState | undefined,
): Promise<Attempt> {
  const shaped = task.output_schema === undefined ? attempt : await judgeForm(attempt, task, task.output_schema, place);
  if (shaped.failure || task.expect === undefined) return shaped;
  const failure = await checkExpectations({
    ...place,
    content: shaped.content,
    ...omitUndefined({ content_file: shaped.content_file }),
    expect: task.expect,
    files_changed_by_events: shaped.edited,
    ...(git_before ? { git_before } : {}),
  });
  return failure ? { ...shaped, failure } : shaped;
}

async function judgeForm(
  { structured: own, ...attempt }: Attempt,
  task: Task,
  schema: NonNullable<Task["output_schema"]>,
  { signal, asker }: Place,
): Promise<Attempt> {
  const text = attempt.content_file ? readFileSync(attempt.content_file.path, "utf8") : attempt.content;
  const valid = await validateAnswer(schema, { text, ...omitUndefined({ structured: own }), signal, asker });
  if (valid.ok) return { ...attempt, structured: valid.value };
  return { ...attempt, failure: valid.error, repair_prompt: repairPrompt(task.prompt, text, valid.error) };
}
