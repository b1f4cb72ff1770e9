// The report for people: a header, a block per task as it completes, then the summary table.
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { emptyRun, fold, judgeRecord, plannedTasks } from "../summary/summary.js";
import { writeBlock } from "./block.js";
import { COMMAND_FORMATS, type CommandFormat } from "./command-format.js";
import { voteText, writeVerdict } from "./council.js";
import type { Reporter } from "./reporter.js";
import { painter, paintHeading } from "./text/paint.js";
import { visible } from "./text/visible.js";

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
  /** Colour the statuses and the headings of answers. */
  color?: boolean;
  /** The text goes to a terminal or a log: control characters in answers are made visible instead of sent. */
  screen?: boolean;
  /** Width of the terminal. */
  columns?: number | undefined;
}

/** The header and blocks are written at once, the table when the reporter is closed. */
export function textReporter(options: TextOptions): Reporter {
  const { quiet = false, keep_order = false, aggregate_output = true, color = false, screen = false } = options;
  const state = emptyRun({ keep_content: false });
  const paint = painter(color);
  const safe = screen ? (text: string): string => visible(text) : (text: string): string => text;
  /** With `keep_order`: the tasks that ended before their turn, the shown ones, and the next one. */
  const held = new Map<string, TaskRecord>();
  const shown = new Set<string>();
  let turn = 0;

  const format = (): CommandFormat => COMMAND_FORMATS[state.started?.kind ?? "parallel"];
  const blockOptions = {
    write: options.write,
    onSinkError: options.onSinkError,
    safe,
    paint,
    columns: options.columns,
  };
  const block = (heading: string, record: TaskRecord): void => writeBlock(heading, record, blockOptions);
  /** The judge's result, with its answer. */
  let judge: TaskRecord | undefined;

  /** Tasks that never began have nothing to show beyond their row in the table. */
  const hasBlock = ({ status, start_time }: TaskRecord): boolean =>
    !aggregate_output || start_time !== null || (status !== "CANCELED" && status !== "WAITING");

  const showBlock = (record: TaskRecord): void => {
    if (!hasBlock(record)) return;
    const heading = format().heading(record, plannedTasks(state).length);
    block(color ? paintHeading(heading, record.backend) : heading, record);
  };

  /** Shows the held blocks whose turn has come; at the end, all of them. */
  const writeHeld = (all: boolean): void => {
    const tasks = plannedTasks(state);
    for (let task = tasks[turn]; task !== undefined; task = tasks[turn]) {
      const record = held.get(task.task_id);
      if (record === undefined && !all && !shown.has(task.task_id)) return;
      turn += 1;
      if (record === undefined) continue;
      held.delete(task.task_id);
      shown.add(task.task_id);
      showBlock(record);
    }
  };

  return {
    onEvent(event: RunEvent) {
      fold(state, event);
      if (event.type === "task_finished" && event.task_id === state.started?.judge?.task_id) {
        judge = event.result;
        return;
      }
      if (quiet) return;
      switch (event.type) {
        case "run_started":
          options.write(format().header(event));
          break;
        case "run_resumed":
          for (const taskId of event.remaining) shown.delete(taskId);
          turn = 0;
          break;
        case "task_finished":
          if (keep_order) {
            held.set(event.task_id, event.result);
            writeHeld(false);
          } else showBlock(event.result);
          break;
        case "run_finished":
          writeHeld(true);
          break;
        // Other events are for stderr and the logs.
        case "warning":
        case "task_started":
        case "task_output":
        case "task_activity":
        case "task_retrying":
        case "lane_changed":
        case "lane_parked":
        case "lane_paused":
          break;
        default:
          event satisfies never;
      }
    },
    async close() {
      if (state.finished === undefined) return;
      if (state.finished.vote) options.write(voteText(state.finished.vote));
      judge ??= judgeRecord(state);
      if (judge) writeVerdict(judge, blockOptions);
      if (aggregate_output) options.write(await format().summary(state, { paint, columns: options.columns }));
    },
  };
}
