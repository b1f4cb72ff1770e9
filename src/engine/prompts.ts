// What a task is asked: its own prompt, with the answers of other tasks and the piped text in their places.
import { readFileSync } from "node:fs";
import { hasStdinSlot, stepsNamed, stepTemplate } from "../plan/chain.js";
import { promptWithContext } from "../plan/context.js";
import { anonymous, judgeTemplate } from "../plan/council.js";
import type { Plan } from "../plan/plan.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import { err, ok, type Result } from "../util/result.js";
import { fillTemplate, type Slot, slotsOf } from "../util/template.js";
import type { RecordsById } from "./stages.js";

export interface PromptRequest {
  plan: Plan;
  /** The task, or the variant of it for a fallback. */
  task: Task;
  /** How the tasks of the stages before its own ended. */
  ended: RecordsById;
  /** Makes a text of somebody else harmless for the backend of the task. */
  literal(text: string): string;
}

/** The whole prompt; the error says that an answer which belongs into it can't be read any more. */
export function promptOf({ plan, task, ended, literal }: PromptRequest): Result<string, Failure> {
  const own = (text: string) => (task.untrusted ? text : literal(text));
  // What a dry run shows in its place is no answer.
  const answer = (record: TaskRecord | undefined) => (record && !task.dry_run ? own(answerText(record)) : "");
  const piped = () => own(plan.context ?? "");
  try {
    if (task.id === plan.judge?.id) {
      const answers = plan.tasks.flatMap(({ id }) => okRecord(ended.get(id)) ?? []).map(answer);
      const textOf = ({ kind }: Slot) => (kind === "stdin" ? piped() : anonymous(answers, plan.run_id));
      return ok(fillTemplate(judgeTemplate(task), textOf));
    }
    if (plan.kind !== "chain") return ok(promptWithContext(task.prompt, plan.context));
    const textOf = (slot: Slot) => (slot.kind === "stdin" ? piped() : answer(recordForSlot(slot, task, plan, ended)));
    const prompt = fillTemplate(stepTemplate(task), textOf);
    const takesContext = task.index === 0 && !hasStdinSlot(plan.tasks);
    return ok(takesContext ? promptWithContext(prompt, plan.context) : prompt);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return err({ kind: "lost", message: `an answer that belongs into the prompt can't be read: ${error.message}` });
  }
}

/** The places of a step's prompt that stay empty, because no step with an answer is meant. */
export function emptySlots({ plan, task, ended }: Omit<PromptRequest, "literal">): string[] {
  if (plan.kind !== "chain") return [];
  return slotsOf(stepTemplate(task)).flatMap((slot) => {
    if (slot.kind === "stdin" || recordForSlot(slot, task, plan, ended)) return [];
    return [slot.kind === "step" ? `{{steps.${slot.name}.content}}` : "{{previous}}"];
  });
}

/** An answer as text, wherever it is kept. Throws what reading its file throws. */
export function answerText({ content, content_file }: Pick<TaskRecord, "content" | "content_file">): string {
  return content_file ? readFileSync(content_file.path, "utf8") : content;
}

/** The step whose answer belongs into a place: of `{{previous}}` the last one that succeeded. */
function recordForSlot(slot: Slot, { index }: Task, { tasks }: Plan, ended: RecordsById): TaskRecord | undefined {
  const steps = slot.kind === "step" ? stepsNamed(slot.name, tasks, index) : tasks.slice(0, index);
  return steps.flatMap(({ id }) => okRecord(ended.get(id)) ?? []).at(-1);
}

function okRecord(record: TaskRecord | undefined): TaskRecord | undefined {
  return record?.status === "OK" ? record : undefined;
}
