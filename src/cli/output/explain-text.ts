// The text of `clinvk explain`: the list of failure kinds, the page of one, and the failures of a recorded run.
import { failureWords } from "../../reporters/text/failure-text.js";
import { table } from "../../reporters/text/table.js";
import { nameIn, oneLine } from "../../reporters/text/visible.js";
import { fitText, wrap } from "../../reporters/text/width.js";
import type { RunKind } from "../../schema/event.js";
import { type Explanation, explain, explainAll } from "../../schema/failure-kinds/kinds.js";
import type { TaskRecord } from "../../schema/result.js";
import { terminalColumns } from "../../util/terminal.js";

/** The longest line, even on a wider terminal. */
const COLUMNS = 100;

/** All kinds, one line each. */
export async function listText(): Promise<string> {
  const rows = explainAll().map(({ kind, summary }) => [`  ${kind}`, summary]);
  const lines = await table(rows, { columns: terminalColumns(), wrap_last: true });
  return `${head("Why a task can fail; `clinvk explain KIND` tells more:")}\n\n${lines.join("\n")}\n`;
}

/** One kind. */
export function pageText({ kind, summary, meaning, what_clinvk_does, what_you_can_do, retried }: Explanation): string {
  return `${head(`${kind}: ${summary}`)}

${wrapped(meaning)}
Retried by default: ${retried}

What clinvk does:
${wrapped(what_clinvk_does, "  ", "  ")}
What you can do:
${todo(what_you_can_do)}`;
}

/** A task that did not succeed. */
export interface FailedTask {
  record: TaskRecord;
  failure: NonNullable<TaskRecord["failure"]>;
}

export interface RunFailures {
  run_id: string;
  kind: RunKind;
  failed: readonly FailedTask[];
  /** Tasks of the run, the failed ones included. */
  total: number;
  /** Those of the tasks in question that did not end. */
  left: number;
  /** A process works on the run. */
  running: boolean;
  /** The one task that was asked for, as it was typed. */
  task?: string;
}

/** The failed tasks of a run, those of one kind together: what happened, what to do about it, how to run them again. */
export function runFailuresText(run: RunFailures): string {
  const { run_id, kind: runKind, failed, total } = run;
  if (failed.length === 0) return `Run ${run_id}: ${nothingFailed(run)}\n${openText(run)}`;
  const kinds = [...new Set(failed.map(({ failure }) => failure.kind))];
  const sections = kinds.map((kind) => {
    const ofKind = failed.filter(({ failure }) => failure.kind === kind);
    const { summary, what_you_can_do } = explain(kind);
    const hints = [...new Set(ofKind.flatMap(({ failure }) => failure.hint ?? []))];
    return `${head(`${kind}: ${summary}`)}
${ofKind.map(taskText).join("")}
What you can do:
${todo([...hints.map(sentence), ...what_you_can_do])}`;
  });
  const count = failed.length === 1 ? "1 task" : `${failed.length} tasks`;
  return `${head(`Run ${run_id}: ${count} of ${total} did not succeed`)}

${sections.join("\n")}${againText(run_id, runKind, failed)}${openText(run)}`;
}

function nothingFailed({ running, task }: RunFailures): string {
  if (task === undefined) return running ? "it is under way, and no task has failed so far" : "no task failed";
  return `the task ${oneLine(task)} has not failed`;
}

/** What has no end yet, and the command for that; tasks that were stopped and listed as failures are there already. */
function openText({ run_id, kind, failed, left, running }: RunFailures): string {
  if (left === 0 || failed.some(({ record }) => record.status === "CANCELED")) return "";
  const tasks = left === 1 ? "1 task" : `${left} tasks`;
  if (running)
    return `${tasks} ${left === 1 ? "has" : "have"} not ended yet: \`clinvk runs logs ${run_id} --follow\` shows what happens\n`;
  // A prompt is not resumed: the user types it again.
  if (kind === "prompt") return `${tasks} did not end\n`;
  return `${tasks} did not end: \`clinvk runs resume ${run_id}\` runs ${left === 1 ? "it" : "them"}\n`;
}

function againText(run_id: string, kind: RunKind, failed: readonly FailedTask[]): string {
  // `runs retry` does not take a prompt: the user types it again.
  if (kind === "prompt") return "";
  return failed.every(({ record }) => record.status === "WAITING")
    ? `\n${head(`Run what is left: clinvk runs resume ${run_id}`)}\n`
    : `\n${head(`Run them again: clinvk runs retry ${run_id} --failed`)}\n`;
}

function taskText({ record, failure }: FailedTask): string {
  // Both on one line, or a message with a line break would not be found in the words.
  const words = oneLine(failureWords(failure));
  const message = oneLine(failure.message);
  const why = words.includes(message) ? words : `${words}: ${message}`;
  return wrapped(`${nameIn("line", record.name)} (${record.task_id}, ${record.backend}): ${why}`, "  ", "    ");
}

function todo(list: readonly string[]): string {
  return list.map((text) => wrapped(oneLine(text), "  - ", "    ")).join("");
}

/** Hints have no capital and no full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** One line; only a narrow terminal breaks it. */
function head(text: string): string {
  const columns = terminalColumns();
  return columns === undefined ? text : fitText(text, columns);
}

function wrapped(text: string, first = "", next = ""): string {
  const columns = Math.min(COLUMNS, terminalColumns() ?? COLUMNS);
  return `${wrap(text, { columns, first, next }).join("\n")}\n`;
}
