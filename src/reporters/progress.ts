// Prints progress on stderr, line by line: warnings, retries, the steps of verbose tasks, starts and ends.
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { allTasks } from "../summary/summary.js";
import type { Reporter } from "./reporter.js";
import { failureWords, laneWords } from "./text/failure-text.js";
import { stepLines } from "./text/steps.js";
import { nameIn, oneLine, visible } from "./text/visible.js";

/** Times of one reset, told to several tasks, differ by less. */
const SAME_MS = 120_000;
/** So do the ends of one pause: services tell whole seconds, and chance adds less than one. */
const SAME_PAUSE_MS = 3_000;

export interface ProgressOptions {
  write(text: string): void;
  /** Starts and ends of tasks are told too: for a log, where nothing else shows them. */
  states?: boolean;
}

/** One `write` per event that is shown. */
export function progressReporter({ write, states = false }: ProgressOptions): Reporter {
  const verbose = new Set<string>();
  /** Until when each lane waits, as it was said last: of tasks that meet the same quota only the first says it. */
  const parked = new Map<string, number>();
  const paused = new Map<string, number>();
  const names = new Map<string, string>();
  /** The backend of each task's next attempt. */
  const backends = new Map<string, string>();
  /** In a log each line names its task: starts and ends of many tasks are mixed there. */
  const ofTask = (taskId: string): string => `[${oneLine(taskId)}] ${states ? `${names.get(taskId) ?? ""}: ` : ""}`;
  const show = (prefix: string, lines: readonly string[]): void =>
    write(lines.map((line) => `${prefix}${visible(line)}\n`).join(""));

  return {
    onEvent(event: RunEvent) {
      switch (event.type) {
        case "run_started":
          for (const task of allTasks(event)) {
            if (task.verbose) verbose.add(task.task_id);
            if (!states) continue;
            names.set(task.task_id, nameIn("line", task.name));
            backends.set(task.task_id, task.backend);
          }
          if (event.offline) write("offline model: answers are not from a real model\n");
          break;
        case "warning":
          show(event.task_id === undefined ? "warning: " : `warning: ${oneLine(event.task_id)}: `, [event.message]);
          break;
        case "task_activity":
          if (verbose.has(event.task_id)) show(`[${oneLine(event.task_id)}] `, stepLines(event));
          break;
        case "task_retrying":
          backends.set(event.task_id, event.backend);
          show(ofTask(event.task_id), stepLines(event));
          break;
        case "run_resumed":
          write(`resuming: ${event.remaining.length} of the run's tasks are left\n`);
          break;
        case "lane_changed":
          show("", [laneWords(event)]);
          break;
        case "lane_paused": {
          const until = Date.parse(event.until);
          const before = paused.get(event.backend) ?? 0;
          if (Date.parse(event.time) < before && until - before < SAME_PAUSE_MS) break;
          paused.set(event.backend, until);
          show("", [laneWords(event)]);
          break;
        }
        case "lane_parked": {
          const until = Date.parse(event.until);
          if (until - (parked.get(event.backend) ?? 0) < SAME_MS) break;
          parked.set(event.backend, until);
          show("", [laneWords(event)]);
          break;
        }
        case "task_started": {
          if (!states) break;
          const { task_id, attempt } = event;
          const again = attempt > 1 ? ` (attempt ${attempt})` : "";
          show(ofTask(task_id), [`started on ${backends.get(task_id)}${again}`]);
          break;
        }
        case "task_finished":
          if (states) show(ofTask(event.task_id), [endWords(event.result)]);
          break;
        case "task_output":
        case "run_finished":
          break;
        default:
          event satisfies never;
      }
    },
    close() {},
  };
}

/** E.g. `OK (12.34s)`, `FAILED (3.00s): Rate limited (429)`. */
function endWords({ status, duration_seconds, start_time, failure }: TaskRecord): string {
  const time = start_time === null ? "" : ` (${duration_seconds.toFixed(2)}s)`;
  const why = failure === undefined ? "" : `: ${oneLine(failureWords(failure))}`;
  return `${status}${time}${why}`;
}
