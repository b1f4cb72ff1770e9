// `clinvk runs logs`: the events of a run as lines for a person, also while they happen.
import { setTimeout as sleep } from "node:timers/promises";
import { laneWords } from "../../reporters/text/failure-text.js";
import { stepLines } from "../../reporters/text/steps.js";
import { oneLine, visible } from "../../reporters/text/visible.js";
import type { RunEvent } from "../../schema/event.js";
import { JournalReader } from "../../store/journal-reader.js";
import { isLocked } from "../../store/lock.js";
import { runDir } from "../../store/store.js";
import { allTasks } from "../../summary/summary.js";
import { printText } from "../ci-log.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { fail } from "../refuse.js";
import { findTasksOfRun } from "../run-argument.js";

const POLL_MILLISECONDS = 200;
/** An answer without line ends is shown in pieces of this many UTF-16 units. */
const LONGEST_LINE = 64 * 1024;

export interface LogsRequest {
  clinvk_home: string;
  run_id: string;
  /** Only what concerns this task: its id or name. */
  task?: string | undefined;
  /** Wait for more until the run has ended. */
  follow: boolean;
}

/** Prints the log; resolves with the exit code. */
export async function showLogs({ clinvk_home, run_id, task, follow }: LogsRequest, io: Io): Promise<number> {
  const dir = runDir(clinvk_home, run_id);
  const reader = new JournalReader(dir, run_id);
  let log = new LogLines(undefined);
  let ended = false;
  let code: number = EXIT.ok;
  for (let first = true; ; first = false) {
    // Before reading: if the process dies meanwhile, its last events are still read.
    const running = isLocked(dir);
    for (const event of reader.read()) {
      if (event.type === "run_started" && task !== undefined) {
        const found = findTasksOfRun([task], allTasks(event));
        if (!found.ok) return fail(io, "clinvk runs logs", found.error);
        log = new LogLines(found.value);
      }
      if (event.type === "run_finished" || event.type === "run_resumed") ended = event.type === "run_finished";
      const text = log.textOf(event);
      if (text !== "") printText(io, text);
    }
    if (reader.damage !== undefined && code === EXIT.ok)
      code = fail(io, "clinvk runs logs", `the journal is damaged: ${reader.damage}`, EXIT.failed);
    if (!follow) break;
    // A run that has ended but is locked may be just about to be resumed: it gets one more moment.
    if (ended && (!running || !first)) break;
    if (!running) {
      return fail(
        io,
        "clinvk runs logs",
        `the run's process is gone; \`clinvk runs resume ${run_id}\` continues it`,
        EXIT.failed,
      );
    }
    await sleep(POLL_MILLISECONDS);
  }
  printText(io, log.rest());
  return code;
}

/** Makes lines of events; live text is held until its line is whole. */
class LogLines {
  readonly #only: ReadonlySet<string> | undefined;
  readonly #held = new Map<string, string>();

  constructor(only: ReadonlySet<string> | undefined) {
    this.#only = only;
  }

  textOf(event: RunEvent): string {
    const task = "task_id" in event ? event.task_id : undefined;
    if (this.#only !== undefined && (task === undefined || !this.#only.has(task))) return "";
    if (event.type === "task_output") return this.#output(event);
    const before = event.type === "task_finished" ? this.#flush(event.task_id) : "";
    const prefix = `${event.time.slice(11, 19)} ${task === undefined ? "" : `[${oneLine(task)}] `}`;
    return (
      before +
      linesOf(event)
        .map((line) => `${prefix}${visible(line)}\n`)
        .join("")
    );
  }

  /** The text still held back, when no more events come. */
  rest(): string {
    return [...this.#held.keys()].map((taskId) => this.#flush(taskId)).join("");
  }

  #output({ task_id, text }: Extract<RunEvent, { type: "task_output" }>): string {
    const lines = ((this.#held.get(task_id) ?? "") + text).split("\n");
    const last = lines.pop() ?? "";
    const shown = last.length > LONGEST_LINE ? [...lines, last] : lines;
    this.#held.set(task_id, shown === lines ? last : "");
    return shown.map((line) => outputLine(task_id, line)).join("");
  }

  #flush(taskId: string): string {
    const held = this.#held.get(taskId) ?? "";
    this.#held.delete(taskId);
    return held === "" ? "" : outputLine(taskId, held);
  }
}

function outputLine(taskId: string, line: string): string {
  return `[${oneLine(taskId)}] | ${visible(line.replace(/\r$/, ""))}\n`;
}

function linesOf(event: Exclude<RunEvent, { type: "task_output" }>): string[] {
  switch (event.type) {
    case "run_started":
      return [
        `run started: ${event.total_tasks} ${event.total_tasks === 1 ? "task" : "tasks"}, at most ${event.max_parallel} at once${event.offline ? ", on the offline model" : ""}`,
      ];
    case "run_resumed":
      return [
        `run resumed: ${event.remaining.length === 1 ? "1 task is" : `${event.remaining.length} tasks are`} left`,
      ];
    case "warning":
      return [`warning: ${event.message}`];
    case "task_started":
      return [`attempt ${event.attempt} started: ${event.command}`];
    case "task_activity":
    case "task_retrying":
      return stepLines(event);
    case "lane_changed":
    case "lane_parked":
    case "lane_paused":
      return [laneWords(event)];
    case "task_finished": {
      const { status, duration_seconds, failure } = event.result;
      const why = failure === undefined ? "" : `: ${failure.message}`;
      return [`${status} after ${duration_seconds.toFixed(2)}s${why}`];
    }
    case "run_finished": {
      const by = event.interrupted_by === undefined ? "finished" : `interrupted by ${event.interrupted_by}`;
      return [`run ${by} after ${event.total_duration_seconds.toFixed(2)}s`];
    }
    default:
      return event satisfies never;
  }
}
