// Builds the prompt of a task: its own text, with the answers of other tasks and the piped text put into their places.
import { readFileSync } from "node:fs";
import { hasStdinSlot, stepsNamed, stepTemplate } from "../plan/chain.js";
import { anonymous, judgeTemplate } from "../plan/council.js";
import type { Plan } from "../plan/plan.js";
import { type PromptParts, type PromptReader, promptForStdin } from "../plan/prompt.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import { err, type Result } from "../util/result.js";
import { fillTemplate, type Slot, slotsOf } from "../util/template.js";
import type { RecordsById } from "./stages.js";

export interface PromptRequest {
  plan: Plan;
  /** The task, or its variant for a fallback. */
  task: Task;
  /** How the tasks of the stages before its own ended. */
  ended: RecordsById;
}

/** The parts of a task's prompt. `text` throws if the file of an answer can't be read. */
export function partsOf({ plan, task, ended }: PromptRequest): PromptParts {
  const { context } = plan;
  // A dry run shows a command in place of an answer.
  const answer = (record: TaskRecord | undefined) => (record && !task.dry_run ? answerText(record) : "");
  if (task.id === plan.judge?.id) {
    const answers = plan.tasks.flatMap(({ id }) => okRecord(ended.get(id)) ?? []);
    return {
      text: (harmless) =>
        fillTemplate(judgeTemplate(task), ({ kind }) =>
          kind === "stdin"
            ? harmless(context ?? "")
            : anonymous(
                answers.map((record) => harmless(answer(record))),
                plan.run_id,
              ),
        ),
    };
  }
  if (plan.kind !== "chain") return { text: () => task.prompt, context };
  return {
    text: (harmless) =>
      fillTemplate(stepTemplate(task), (slot) =>
        harmless(slot.kind === "stdin" ? (context ?? "") : answer(recordForSlot(slot, task, plan, ended))),
      ),
    context: task.index === 0 && !hasStdinSlot(plan.tasks) ? context : undefined,
  };
}

/** The places in a step's prompt that stay empty, because no step has an answer for them. */
export function emptySlots({ plan, task, ended }: PromptRequest): string[] {
  if (plan.kind !== "chain") return [];
  return slotsOf(stepTemplate(task)).flatMap((slot) => {
    if (slot.kind === "stdin" || recordForSlot(slot, task, plan, ended)) return [];
    return [slot.kind === "step" ? `{{steps.${slot.name}.content}}` : "{{previous}}"];
  });
}

/** An answer as text, from memory or from its file. Throws if the file can't be read. */
export function answerText({ content, content_file }: Pick<TaskRecord, "content" | "content_file">): string {
  return content_file ? readFileSync(content_file.path, "utf8") : content;
}

/** The step whose answer fills a place. For `{{previous}}` this is the last step that succeeded. */
function recordForSlot(slot: Slot, { index }: Task, { tasks }: Plan, ended: RecordsById): TaskRecord | undefined {
  const steps = slot.kind === "step" ? stepsNamed(slot.name, tasks, index) : tasks.slice(0, index);
  return steps.flatMap(({ id }) => okRecord(ended.get(id)) ?? []).at(-1);
}

function okRecord(record: TaskRecord | undefined): TaskRecord | undefined {
  return record?.status === "OK" ? record : undefined;
}

/** Makes the text for a task's backend, or says why the backend can't take it. */
export type PromptFor = (task: Task, parts: PromptParts) => Result<string, Failure>;

/** Stands for a backend that expands nothing and takes any length. */
const ANY_BACKEND: PromptReader = {
  title: "any backend",
  prompt_limit: { max: Number.POSITIVE_INFINITY, unit: "characters" },
  literal: (text) => text,
};

/** Joins the parts as they are, for callers that don't know the backends. */
export function asWritten(task: Task, parts: PromptParts): Result<string, Failure> {
  const made = promptForStdin(parts, task, ANY_BACKEND);
  return made.ok ? made : err({ kind: "context_too_long", message: made.error });
}
