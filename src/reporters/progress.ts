// What happens meanwhile, on stderr: warnings, retries, and the steps of verbose tasks.
import type { RunEvent } from "../schema/event.js";
import { failureWords } from "./failure-words.js";
import type { Reporter } from "./reporter.js";
import { stepLines } from "./steps.js";
import { oneLine, visible } from "./visible.js";

export interface ProgressOptions {
  write(text: string): void;
  /** The text goes to a terminal: control characters are made visible instead of sent. */
  tty?: boolean;
}

/** One `write` per event that is shown. */
export function progressReporter({ write, tty = false }: ProgressOptions): Reporter {
  const safe = tty ? visible : (text: string): string => text;
  const verbose = new Set<string>();
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
          write(`${event.backend}: ${event.reason}, now at most ${event.limit} at once\n`);
          break;
        case "lane_parked":
          show(`${event.backend}: `, [`${failureWords({ ...event.failure, resets_at: event.until })}; its tasks wait`]);
          break;
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
