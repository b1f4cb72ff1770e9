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
      text(harmless, most) {
        const texts = textsUpTo(answers, (record) => harmless(answer(record)), most);
        if (texts === undefined) return undefined;
        const results = anonymous(texts, plan.run_id);
        const textOf = ({ kind }: Slot) => (kind === "stdin" ? harmless(context ?? "") : results);
        return fillTemplate(judgeTemplate(task), textOf, most);
      },
    };
  }
  if (plan.kind !== "chain") return { text: () => task.prompt, context };
  return {
    text(harmless, most) {
      const made = new Map<TaskRecord | undefined, string>();
      const textOf = (slot: Slot) => {
        if (slot.kind === "stdin") return harmless(context ?? "");
        const record = recordForSlot(slot, task, plan, ended);
        const text = made.get(record) ?? harmless(answer(record));
        made.set(record, text);
        return text;
      };
      return fillTemplate(stepTemplate(task), textOf, most);
    },
    context: task.index === 0 && !hasStdinSlot(plan.tasks) ? context : undefined,
  };
}

/** The texts of records; `undefined` as soon as they have more than `most` UTF-16 units together. */
function textsUpTo(
  records: readonly TaskRecord[],
  textOf: (record: TaskRecord) => string,
  most: number,
): string[] | undefined {
  const texts: string[] = [];
  let left = most;
  for (const record of records) {
    const text = textOf(record);
    left -= text.length;
    if (left < 0) return undefined;
    texts.push(text);
  }
  return texts;
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
