// What `clinvk runs list` and `clinvk runs show` print.

import { COMMAND_FORMATS } from "../../reporters/command-format.js";
import { pieces } from "../../reporters/content.js";
import { voteText, writeVerdict } from "../../reporters/council.js";
import { jsonText } from "../../reporters/json.js";
import { painter } from "../../reporters/text/paint.js";
import { table } from "../../reporters/text/table.js";
import { oneLine, visible } from "../../reporters/text/visible.js";
import type { TaskRecord } from "../../schema/result.js";
import type { StoredRun } from "../../store/store.js";
import { runResult, taskResult } from "../../summary/documents.js";
import type { RunOverview } from "../../summary/overview.js";
import { allTasks, type Counts, judgeRecord, type RunState, records } from "../../summary/summary.js";
import { endOfRun } from "./end-of-run.js";

const TASKS_NAMED = 5;

/** The list as columns, newest first. */
export async function listText(runs: readonly RunOverview[], columns: number | undefined): Promise<string> {
  const rows = runs.map((run) => [
    run.run_id,
    run.status,
    `${countWords(run.counts)}${run.offline ? " (offline model)" : ""}`,
    run.start_time === null ? "-" : timeWords(run.start_time),
    `${run.duration_seconds.toFixed(2)}s`,
  ]);
  const heading = ["RUN", "STATUS", "TASKS", "STARTED", "DURATION"];
  const shrink = [
    { column: 2, to: 16 },
    { column: 4, to: 0 },
    { column: 3, to: 0 },
  ];
  return `${(await table([heading, ...rows], { columns, shrink })).join("\n")}\n`;
}

/** An overview with the names that the other JSON documents use. */
export function overviewJson(run: RunOverview) {
  const { total, completed, failed, canceled, waiting, unfinished } = run.counts;
  return {
    run_id: run.run_id,
    status: run.status,
    total_tasks: total,
    completed_tasks: completed,
    failed_tasks: failed,
    canceled_tasks: canceled,
    waiting_tasks: waiting,
    unfinished_tasks: unfinished,
    total_duration_seconds: run.duration_seconds,
    start_time: run.start_time,
    last_event_time: run.last_event_time,
    offline: run.offline,
  };
}

/** One run for a person: the summary table, what is left to do, and what is wrong with its journal. */
export async function showText(run: StoredRun, overview: RunOverview, columns: number | undefined): Promise<string> {
  const { status, counts } = overview;
  let text = `Run ${run.run_id}: ${status}, ${countWords(counts)}${overview.offline ? " (offline model)" : ""}\n`;
  if (overview.start_time !== null) text += `Started ${timeWords(overview.start_time)}\n`;
  if (status === "running") {
    for (const record of records(run.state)) {
      text += `${record.status.padEnd(9)} ${oneLine(record.name)} (${record.duration_seconds.toFixed(2)}s)\n`;
    }
  } else if (run.state.started !== undefined) {
    const state = ended(run.state, overview);
    text += `\n${councilText(run)}`;
    text += await COMMAND_FORMATS[run.state.started.kind].summary(state, { paint: painter(false), columns });
  }
  const open = (run.state.started ? allTasks(run.state.started) : []).filter(
    ({ task_id }) => !run.state.results.has(task_id),
  );
  if (open.length > 0) text += `\nNot ended: ${listed(open.map((task) => oneLine(task.task_id)))}\n`;
  if (status === "running") text += `\`clinvk runs logs ${run.run_id} --follow\` shows what happens\n`;
  else text += await endOfRun(ended(run.state, overview), { journal: true, columns });
  return text + damageText(run, status === "running");
}

/** Votes and verdict; empty if there are none. */
function councilText(run: StoredRun): string {
  const { vote } = run.state.finished ?? {};
  let text = vote ? voteText(vote) : "";
  const judgeId = run.state.started?.judge?.task_id;
  const judged = judgeId !== undefined && run.state.results.has(judgeId);
  if (!judged) return text;
  // The state has no answers: this one is read again.
  let judge: TaskRecord | undefined;
  for (const event of run.events())
    if (event.type === "task_finished" && event.task_id === judgeId) judge = event.result;
  const write = (more: string) => {
    text += more;
  };
  if (judge)
    writeVerdict(judge, {
      write,
      onSinkError: (message) => write(`${message}\n`),
      safe: visible,
      paint: painter(false),
    });
  return text;
}

/** What can't be trusted of a journal; empty if all of it can. */
export function damageText(run: StoredRun, running: boolean): string {
  if (run.intact || (running && run.damage === undefined)) return "";
  const why = run.damage === undefined ? "its last line was cut off" : `a line can't be trusted: ${run.damage}`;
  return `The journal of ${run.run_id} ends at byte ${run.trusted_bytes}: ${why}; ${run.dropped_bytes} bytes are ignored\n`;
}

/**
 * One run as JSON: the document of `clinvk parallel --json`, with `status`, `unfinished_tasks` and `intact` besides.
 * `results` has the tasks that have ended. Large answers are streamed from their files.
 */
export function writeShowJson(
  run: StoredRun,
  overview: RunOverview,
  write: (text: string) => void,
  onProblem: (message: string) => void,
): void {
  const summary = runResult(ended(run.state, overview));
  const judge = judgeRecord(run.state);
  const verdict = judge && [...pieces(judge, onProblem)].join("");
  const head = {
    ...overviewJson(overview),
    end_time: run.state.finished?.time ?? null,
    intact: run.intact,
    usage: summary?.usage ?? null,
    cost_usd: summary?.cost_usd ?? null,
    ...(summary?.vote ? { vote: summary.vote } : {}),
    ...(judge
      ? { verdict: judge.status === "OK" ? verdict : null, judge: { ...taskResult(judge), content: verdict } }
      : {}),
  };
  write(`${jsonText(head, 2).slice(0, -2)},\n  "results": [`);
  let separator = "\n";
  for (const record of records(run.state)) {
    const { content: _, ...result } = taskResult(record);
    write(`${separator}    ${jsonText(result).slice(0, -1)},"content":"`);
    for (const text of pieces(record, onProblem)) write(jsonText(text).slice(1, -1));
    write('"}');
    separator = ",\n";
  }
  write(separator === "\n" ? "]\n}\n" : "\n  ]\n}\n");
}

/** The state as if the run had ended with its last event, so that it can be summed up. */
export function ended(state: RunState, overview: RunOverview): RunState {
  const { started } = state;
  if (state.finished !== undefined || started === undefined) return state;
  const { v, seq, run_id } = started;
  const time = overview.last_event_time ?? started.time;
  const total_duration_seconds = overview.duration_seconds;
  return { ...state, finished: { v, seq, run_id, type: "run_finished", time, total_duration_seconds } };
}

function countWords(counts: Counts): string {
  const { total, completed, failed, canceled, waiting, unfinished } = counts;
  const parts: [number, string][] = [
    [completed, "OK"],
    [failed, "failed"],
    [canceled, "canceled"],
    [waiting, "waiting"],
    [unfinished, "not ended"],
  ];
  if (total === 0) return "nothing recorded";
  return parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(", ");
}

function listed(names: readonly string[]): string {
  const more = names.length - TASKS_NAMED;
  return more > 0 ? `${names.slice(0, TASKS_NAMED).join(", ")} and ${more} more` : names.join(", ");
}

/** `2026-01-01T00:00:00.000Z` → `2026-01-01 00:00:00Z` */
export function timeWords(time: string): string {
  return time.replace(/^([\d-]+)T([\d:]+)\.\d+Z$/, "$1 $2Z");
}
