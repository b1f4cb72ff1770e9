// What happens meanwhile, on stderr: warnings, retries, and the steps of verbose tasks.
import type { RunEvent } from "../schema/event.js";
import { laneWords } from "./lane-words.js";
import type { Reporter } from "./reporter.js";
import { stepLines } from "./steps.js";
import { oneLine, visible } from "./visible.js";

/** Times of one reset, told to several tasks, differ by less. */
const SAME_MS = 120_000;

export interface ProgressOptions {
  write(text: string): void;
  /** The text goes to a terminal: control characters are made visible instead of sent. */
  tty?: boolean;
}

/** One `write` per event that is shown. */
export function progressReporter({ write, tty = false }: ProgressOptions): Reporter {
  const safe = tty ? visible : (text: string): string => text;
  const verbose = new Set<string>();
  /** Until when each lane waits, as it was said last: of tasks that meet the same quota only the first says it. */
  const parked = new Map<string, number>();
  const show = (prefix: string, lines: readonly string[]): void =>
    write(lines.map((line) => `${prefix}${safe(line)}\n`).join(""));

  return {
    onEvent(event: RunEvent) {
      switch (event.type) {
        case "run_started":
          for (const task of event.tasks) if (task.verbose) verbose.add(task.task_id);
          if (event.offline) write("offline model: answers are not from a real model\n");
          break;
        case "warning":
          show(event.task_id === undefined ? "warning: " : `warning: ${oneLine(event.task_id)}: `, [event.message]);
          break;
        case "task_activity":
          if (verbose.has(event.task_id)) show(`[${oneLine(event.task_id)}] `, stepLines(event));
          break;
        case "task_retrying":
          show(`[${oneLine(event.task_id)}] `, stepLines(event));
          break;
        case "run_resumed":
          write(`resuming: ${event.remaining.length} of the run's tasks are left\n`);
          break;
        case "lane_changed":
          show("", [laneWords(event)]);
          break;
        case "lane_parked": {
          const until = Date.parse(event.until);
          if (until - (parked.get(event.backend) ?? 0) < SAME_MS) break;
          parked.set(event.backend, until);
          show("", [laneWords(event)]);
          break;
        }
        case "task_started":
        case "task_output":
        case "task_finished":
        case "run_finished":
          break;
        default:
          event satisfies never;
      }
    },
    close() {},
  };
}
