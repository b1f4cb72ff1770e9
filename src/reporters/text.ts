// The report for people: a header, a block per task as it completes, then the summary table.
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { emptyRun, fold, plannedTasks } from "../summary.js";
import { failureLines, pieces } from "./content.js";
import { painter } from "./paint.js";
import type { Reporter } from "./reporter.js";
import { coalesce } from "./sink.js";
import { RULE, summaryTable } from "./table.js";
import { oneLine, visible } from "./visible.js";

export interface TextOptions {
  write(text: string): void;
  /** An answer's file can't be read; its block says so too. */
  onSinkError(message: string): void;
  /** Only the summary. */
  quiet?: boolean;
  /** Blocks in file order instead of the order of completion. */
  keep_order?: boolean;
  /** `false`: no summary table. */
  aggregate_output?: boolean;
  /** Colour the statuses. */
  color?: boolean;
  /** The text goes to a terminal: control characters in answers are made visible instead of sent. */
  tty?: boolean;
  /** Width of the terminal. */
  columns?: number | undefined;
}

/** The header and blocks are written at once, the table when the reporter is closed. */
export function textReporter(options: TextOptions): Reporter {
  const { quiet = false, keep_order = false, aggregate_output = true, color = false, tty = false } = options;
  const state = emptyRun({ keep_content: false });
  const paint = painter(color);
  const safe = tty ? visible : (text: string): string => text;
  /** With `keep_order`: what has finished before its turn, what was shown, and whose turn it is. */
  const held = new Map<string, TaskRecord>();
  const shown = new Set<string>();
  let turn = 0;

  /** Tasks that never began have nothing to show beyond their row in the table. */
  const hasBlock = ({ status, start_time }: TaskRecord): boolean =>
    !aggregate_output || start_time !== null || (status !== "CANCELED" && status !== "WAITING");

  const writeBlock = (record: TaskRecord): void => {
    if (!hasBlock(record)) return;
    const out = coalesce(options.write);
    out.write(`[${record.backend}] ${oneLine(record.name)}\n`);
    let endsLine = true;
    for (const text of pieces(record, options.onSinkError)) {
      out.write(safe(text));
      endsLine = text.endsWith("\n");
    }
    if (!endsLine) out.write("\n");
    out.write(`${safe(failureLines(record)).replace(record.status, paint)}\n`);
    out.flush();
  };

  /** Shows what is held as far as its turn has come; in the end whatever is held. */
  const writeHeld = (all: boolean): void => {
    const tasks = plannedTasks(state);
    for (let task = tasks[turn]; task !== undefined; task = tasks[turn]) {
      const record = held.get(task.task_id);
      if (record === undefined && !all && !shown.has(task.task_id)) return;
      turn += 1;
      if (record === undefined) continue;
      held.delete(task.task_id);
      shown.add(task.task_id);
      writeBlock(record);
    }
  };

  return {
    onEvent(event: RunEvent) {
      fold(state, event);
      if (quiet) return;
      switch (event.type) {
        case "run_started":
          options.write(header(event.total_tasks, event.max_parallel));
          break;
        case "run_resumed":
          for (const taskId of event.remaining) shown.delete(taskId);
          turn = 0;
          break;
        case "task_finished":
          if (keep_order) {
            held.set(event.task_id, event.result);
            writeHeld(false);
          } else writeBlock(event.result);
          break;
        case "run_finished":
          writeHeld(true);
          break;
        // What happens in between is for stderr and the logs.
        case "warning":
        case "task_started":
        case "task_output":
        case "task_activity":
        case "task_retrying":
        case "lane_changed":
        case "lane_parked":
          break;
        default:
          event satisfies never;
      }
    },
    async close() {
      if (!aggregate_output || state.finished === undefined) return;
      options.write(await summaryTable(state, { paint, columns: options.columns }));
    },
  };
}

function header(tasks: number, workers: number): string {
  const count = (n: number, one: string): string => (n === 1 ? one : `${one}s`);
  return `Executing ${tasks} ${count(tasks, "task")} with max ${workers} parallel ${count(workers, "worker")}\n${RULE}\n`;
}
