// One task of the page: how it went, its answer as the agent meant it, and its answer as it came.
import type { TaskRecord } from "../../schema/result.js";
import { cut } from "../../util/cut.js";
import { escapeHtml, renderMarkdown, visibleControls } from "../../util/markdown.js";
import { headOf } from "../content.js";
import { failureWords } from "../text/failure-text.js";
import { costWords, durationWords, sizeWords, tokenWords } from "../text/number-text.js";
import { oneLine } from "../text/visible.js";

export interface AnswerOptions {
  /** UTF-16 units of an answer that are shown. */
  longest: number;
  /** The run is recorded: an answer in a file of the run stays there. */
  recorded: boolean;
  /** What each task was asked, by its id. */
  prompts: ReadonlyMap<string, string>;
  /** An answer's file can't be read. */
  onError(message: string): void;
}

/** The name of the task's place on the page. */
export function anchorOf({ index }: Pick<TaskRecord, "index">): string {
  return `task-${index + 1}`;
}

/** Writes the task as an element that can be folded up. */
export function writeTask(
  record: TaskRecord,
  open: boolean,
  write: (text: string) => void,
  options: AnswerOptions,
): void {
  const { index, name, backend, status, start_time, duration_seconds } = record;
  const duration = start_time === null ? "–" : durationWords(duration_seconds);
  write(`<details class="task"${open ? " open" : ""}><summary><span class="no">${index + 1}</span>`);
  write(`<span class="name">${html(name)}</span><span class="quiet">${html(backend)}</span>`);
  write(`<b class="status ${classOf(record)}">${status}</b><span class="time">${duration}</span></summary>\n`);
  // A link to what is folded up unfolds it; that is why the name is not on the element around it.
  write(`<div class="body" id="${anchorOf(record)}">\n<p class="meta">${metaOf(record)}</p>\n${failureBlock(record)}`);
  if (record.command !== undefined) write(`<pre class="command">${preformatted(record.command)}</pre>`);
  writePrompt(options.prompts.get(record.task_id), write);
  writeAnswer(record, write, options);
  write("</div></details>\n");
}

/** Why the task did not succeed and what to do about it; empty if it did. */
export function failureBlock(record: TaskRecord): string {
  const { status, failure } = record;
  if (status === "OK") return "";
  const words = failure === undefined ? "No reason was given" : failureWords(failure);
  const more = failure === undefined || words.includes(failure.message) ? "" : `<br>${html(failure.message)}`;
  const hint = failure?.hint === undefined ? "" : `<p class="hint">${hintHtml(failure.hint)}</p>`;
  return `<div class="failure ${classOf(record)}"><p><b>${html(words)}</b>${more}</p>${hint}</div>\n`;
}

/** The name of the colour of a status. */
export function classOf({ status }: Pick<TaskRecord, "status">): string {
  switch (status) {
    case "OK":
      return "ok";
    case "FAILED":
    case "TIMEOUT":
      return "failed";
    case "CANCELED":
      return "canceled";
    case "WAITING":
      return "waiting";
    default:
      return status satisfies never;
  }
}

function metaOf(record: TaskRecord): string {
  const { model, usage, cost_usd, attempts, fallback_from, tags, refusals, workdir, exit_code } = record;
  const cached = usage?.cached_tokens ? ` (${tokenWords(usage.cached_tokens)} cached)` : "";
  const parts = [
    model === null ? "" : html(model),
    fallback_from === undefined ? "" : `instead of ${html(fallback_from)}`,
    usage === null ? "" : `${tokenWords(usage.input_tokens)}${cached} in, ${tokenWords(usage.output_tokens)} out`,
    cost_usd === null ? "" : costWords(cost_usd),
    attempts > 1 ? `${attempts} attempts` : "",
    exit_code === 0 ? "" : `exit code ${exit_code}`,
    refusals !== null && refusals.length > 0 ? `refused: ${html(refusals.map(({ tool }) => tool).join(", "))}` : "",
    ...tags.map((tag) => `#${html(tag)}`),
    `<code>${html(workdir)}</code>`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** UTF-16 units of a prompt that are shown. */
const LONGEST_PROMPT = 64 * 1024;

function writePrompt(prompt: string | undefined, write: (text: string) => void): void {
  if (prompt === undefined) return;
  const shown = preformatted(cut(prompt, LONGEST_PROMPT));
  write(`<details class="raw"><summary>What was asked</summary><pre>${shown}</pre></details>\n`);
}

function writeAnswer(record: TaskRecord, write: (text: string) => void, options: AnswerOptions): void {
  const { text, whole } = headOf(record, options.longest, options.onError);
  if (text === "") {
    if (record.command === undefined) write('<p class="quiet">There is no answer.</p>\n');
    return;
  }
  const shown =
    record.structured === undefined ? renderMarkdown(text) : `<pre>${preformatted(json(record.structured))}</pre>`;
  write(`<div class="answer">\n${shown}</div>\n`);
  if (!whole) write(`<p class="hint">${restWords(record, options.recorded)}</p>\n`);
  write(`<details class="raw"><summary>As it came</summary><pre>${preformatted(text)}</pre></details>\n`);
}

function restWords({ content, content_file }: TaskRecord, recorded: boolean): string {
  const all = sizeWords(content_file?.bytes ?? Buffer.byteLength(content));
  const cut = `Cut here: the whole answer has ${all}.`;
  if (content_file === undefined) return cut;
  return recorded
    ? `${cut} It is in <code>${html(content_file.path)}</code>`
    : `${cut} The run was not recorded, so it is only where other reports have put it.`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "";
}

/** Commands stand in backquotes: they are shown as code. */
function hintHtml(hint: string): string {
  return html(hint).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** On one line. */
export function html(text: string): string {
  return escapeHtml(visibleControls(oneLine(text)));
}

/** With its line breaks, for `<pre>`. */
export function preformatted(text: string): string {
  return escapeHtml(visibleControls(text));
}
