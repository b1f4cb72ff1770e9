// The text and JSON of `clinvk runs list` and `clinvk runs show`.

import { COMMAND_FORMATS } from "../../reporters/command-format.js";
import { voteText, writeVerdict } from "../../reporters/council.js";
import { documentText } from "../../reporters/json.js";
import { painter } from "../../reporters/text/paint.js";
import { table } from "../../reporters/text/table.js";
import { nameIn, oneLine, visible } from "../../reporters/text/visible.js";
import type { TaskRecord } from "../../schema/result.js";
import type { StoredRun } from "../../store/store.js";
import { runResult, taskResult } from "../../summary/documents.js";
import type { RunOverview } from "../../summary/overview.js";
import { allTasks, type Counts, judgeRecord, type RunState, records } from "../../summary/summary.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { agoText, localMinutes } from "../../util/time-text.js";
import { endOfRun } from "./end-of-run.js";

const TASKS_NAMED = 5;

/** The list as columns, newest first. */
export async function listText(
  runs: readonly RunOverview[],
  { columns, now }: { columns: number | undefined; now: number },
): Promise<string> {
  const rows = runs.map((run) => [
    run.run_id,
    run.dry_run ? "dry run" : statusWords(run),
    countWords(run.counts),
    run.offline ? "(offline)" : "",
    run.start_time === null ? "-" : agoText(run.start_time, now),
    `${run.duration_seconds.toFixed(2)}s`,
    nameIn("heading", run.name ?? run.kind),
  ]);
  const heading = ["RUN", "STATUS", "TASKS", "", "STARTED", "DURATION", "NAME"];
  const shrink = [
    { column: 3, to: 0 },
    { column: 6, to: 16 },
    { column: 5, to: 0 },
    { column: 2, to: 16 },
    { column: 1, to: 0 },
    { column: 2, to: 0 },
    { column: 6, to: 4 },
  ];
  return `${(await table([heading, ...rows], { columns, shrink })).join("\n")}\n`;
}

/** An overview with the names that the other JSON documents use. */
export function overviewJson(run: RunOverview) {
  const { total, completed, failed, canceled, waiting, unfinished } = run.counts;
  return {
    run_id: run.run_id,
    kind: run.kind,
    name: run.name ?? null,
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
    dry_run: run.dry_run ?? false,
    ...omitUndefined({ silent_since: run.silent_since }),
  };
}

/** A run whose process may be suspended or gone does not count as running like the others. */
function statusWords({ status, silent_since }: RunOverview): string {
  return silent_since === undefined ? status : `no sign of life since ${localMinutes(silent_since)}`;
}

/** One run for a person: the summary table, what is left to do, and what is wrong with its journal. */
export async function showText(run: StoredRun, overview: RunOverview, columns: number | undefined): Promise<string> {
  const { status, counts, name, offline, dry_run } = overview;
  const what = [
    name === undefined ? [] : [nameIn("heading", name)],
    dry_run ? ["dry run"] : [],
    offline ? ["offline model"] : [],
  ];
  const notes = what.flat().join(", ");
  let text = `Run ${run.run_id}: ${statusWords(overview)}, ${countWords(counts)}${notes === "" ? "" : ` (${notes})`}
`;
  if (overview.start_time !== null) text += `Started ${localMinutes(overview.start_time)}\n`;
  if (status === "running") {
    for (const record of records(run.state)) {
      text += `${record.status.padEnd(9)} ${nameIn("line", record.name)} (${record.duration_seconds.toFixed(2)}s)\n`;
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
      safe: (text) => visible(text),
      paint: painter(false),
    });
  return text;
}

/** Describes what a journal has lost; empty if nothing. */
export function damageText(run: StoredRun, running: boolean): string {
  if (run.intact || (running && run.damage === undefined)) return "";
  const { run_id, damage = "its last line was cut off", dropped_bytes } = run;
  const lost = dropped_bytes === 0 ? "" : `; ${dropped_bytes} bytes are ignored`;
  return `The journal of ${run_id} is damaged: ${damage}${lost}\n`;
}

/**
 * One run as JSON: the document of `clinvk parallel --json`, with `status`, `unfinished_tasks` and `intact` added.
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
  const document = {
    ...overviewJson(overview),
    end_time: run.state.finished?.time ?? null,
    intact: run.intact,
    usage: summary?.usage ?? null,
    cost_usd: summary?.cost_usd ?? null,
    ...(summary?.vote ? { vote: summary.vote } : {}),
    ...(judge ? { verdict: judge.status === "OK" ? "" : null, judge: taskResult(judge) } : {}),
    results: records(run.state).map(taskResult),
  };
  for (const text of documentText(document, run.state, { onSinkError: onProblem })) write(text);
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
