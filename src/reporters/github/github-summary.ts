// The Markdown of a step summary on GitHub: a table, what to do about failures, and every answer folded up.
// Untrusted text becomes harmless HTML, or every mark in it is escaped: it can't break out of its place.
import type { TaskRecord } from "../../schema/result.js";
import { runResult } from "../../summary/documents.js";
import { counts, judgeRecord, type RunState, records, recordsWithJudge } from "../../summary/summary.js";
import { renderMarkdown, visibleControls } from "../../util/markdown.js";
import { headOf } from "../content.js";
import { voteLines } from "../council.js";
import { html, preformatted } from "../html/html-task.js";
import { failureWords } from "../text/failure-text.js";
import { costWords, durationWords, nounOf, tokenWords } from "../text/number-text.js";
import { oneLine } from "../text/visible.js";

/** UTF-16 units of an answer. */
const LONGEST_ANSWER = 48 * 1024;
/** Bytes that stay free for the line that says what was left out. */
const NOTE_BYTES = 500;
/** What the table may take of the room, so that the failures fit in too. */
const TABLE_SHARE = 0.5;

const SIGNS = { OK: "✅", FAILED: "❌", TIMEOUT: "⏱️", CANCELED: "⏹️", WAITING: "⏳" } as const;

export interface SummaryOptions {
  /** Bytes that the summary may have. */
  room: number;
  /** An answer's file can't be read. */
  onSinkError(message: string): void;
}

/** The summary of a finished run; if the room ends, the rest is left out, and the last line says so. */
export function stepSummary(state: RunState, { room, onSinkError }: SummaryOptions): string {
  const result = runResult(state);
  if (result === undefined) return "";
  const all = recordsWithJudge(state);
  const out = limited(room - NOTE_BYTES);
  out.add(title(state, result.total_duration_seconds, result.cost_usd));
  out.add("\n| | Task | Backend | Duration | Tokens in / out | Cost |\n|---|---|---|--:|--:|--:|\n");
  const rows = out.addAll(all.map(row), (room - NOTE_BYTES) * TABLE_SHARE);
  const unlucky = all.filter(({ status }) => status !== "OK");
  if (unlucky.length > 0) out.add("\n### What did not succeed\n\n");
  const failures = out.addAll(unlucky.map(failureItem));
  if (result.vote)
    out.add(`\n### Vote\n\n<pre>${inOneLine(preformatted(voteLines(result.vote).join("\n")))}</pre>\n\n`);
  const judge = judgeRecord(state);
  if (judge?.status === "OK") out.add(`\n### Verdict\n\n<div>${rendered(judge, onSinkError)}</div>\n\n`);
  const answered = records(state).filter(({ content, content_file }) => content !== "" || content_file !== undefined);
  if (answered.length > 0) out.add("\n### Answers\n\n");
  let answers = 0;
  for (const record of answered) if (!out.add(answer(record, onSinkError))) answers += 1;
  const left = [
    [rows, "rows of the table"],
    [failures, "failures"],
    [answers, "answers"],
  ] as const;
  const words = left.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  const note = `\n> [!NOTE]\n> GitHub shows at most 1 MiB per step. Left out: ${words.join(", ")}. \`clinvk runs show ${result.run_id}\` has them.\n`;
  if (words.length === 0) return out.text();
  return out.text() + (Buffer.byteLength(out.text()) + note.length <= room ? note : "");
}

/** Takes whole blocks as long as there is room; tells whether a block was taken. */
function limited(room: number) {
  let text = "";
  let used = 0;
  const add = (block: string, most = room): boolean => {
    const bytes = Buffer.byteLength(block);
    if (used + bytes > most) return false;
    used += bytes;
    text += block;
    return true;
  };
  /** How many of them were not taken. */
  const addAll = (blocks: readonly string[], most = room) => blocks.filter((block) => !add(block, most)).length;
  return { add, addAll, text: () => text };
}

function title(state: RunState, seconds: number, cost: number | null): string {
  const { total, completed } = counts(state);
  const sign = recordsWithJudge(state).every(({ status }) => status === "OK") ? "✅" : "❌";
  const facts = [
    durationWords(seconds),
    ...(cost === null ? [] : [costWords(cost)]),
    `run \`${state.started?.run_id}\``,
  ];
  const offline = state.started?.offline
    ? "\n> [!IMPORTANT]\n> Offline model: the answers are not from a real model.\n"
    : "";
  const kind = state.started?.kind ?? "run";
  return `## ${sign} clinvk ${kind}: ${completed} of ${total} ${nounOf(state, total)} completed\n\n${facts.join(" · ")}\n${offline}`;
}

function row({ status, name, backend, duration_seconds, start_time, usage, cost_usd }: TaskRecord): string {
  const cells = [
    `${SIGNS[status]} ${status}`,
    mark(name),
    mark(backend),
    start_time === null ? "–" : durationWords(duration_seconds),
    usage === null ? "–" : `${tokenWords(usage.input_tokens)} / ${tokenWords(usage.output_tokens)}`,
    cost_usd === null ? "–" : costWords(cost_usd),
  ];
  return `| ${cells.join(" | ")} |\n`;
}

function failureItem({ name, status, failure, attempts }: TaskRecord): string {
  const words = failure === undefined ? status : failureWords(failure);
  const tries = attempts > 1 ? ` (after ${attempts} attempts)` : "";
  const message = failure === undefined || words.includes(failure.message) ? "" : `<br>${mark(failure.message)}`;
  const hint = failure?.hint === undefined ? "" : `<br>→ ${mark(failure.hint)}`;
  return `- **${mark(name)}**: ${mark(words)}${tries}${message}${hint}\n`;
}

function answer(record: TaskRecord, onSinkError: (message: string) => void): string {
  const label = html(`${record.name} · ${record.backend}`);
  return `<details><summary>${label}</summary>${rendered(record, onSinkError)}</details>\n\n`;
}

function rendered(record: TaskRecord, onSinkError: (message: string) => void): string {
  const { text, whole } = headOf(record, LONGEST_ANSWER, onSinkError);
  const cut = whole ? "" : "<p><em>… the rest of this answer is left out here.</em></p>";
  return inOneLine(`${renderMarkdown(text)}${cut}`);
}

/** The first empty line would end the HTML. */
function inOneLine(text: string): string {
  return text.replace(/\r\n|\r|\n/g, "&#10;");
}

/** Text in which nothing is a mark of Markdown, a mention or a link. */
function mark(text: string): string {
  return visibleControls(oneLine(text)).replace(/[!-/:-@[-`{-~]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
