// `output_dir`: each answer in a file the moment its task ends, logs of verbose tasks, and `summary.json` at the end.
// Every file is made beside its place and renamed into it: no reader sees half a file, and no link is followed.
import { chmodSync, closeSync, constants, copyFileSync, openSync } from "node:fs";
import { join } from "node:path";
import type { PlannedTask, RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { allTasks, emptyRun, fold } from "../summary/summary.js";
import { explainIo } from "../util/explain-io.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { failureLines } from "./content.js";
import { fileNames } from "./file-names.js";
import { writeRunResult } from "./json.js";
import { intoNewFile, place, proveWritable } from "./place.js";
import type { Reporter } from "./reporter.js";
import { writeAll } from "./sink.js";
import { type Step, stepLines } from "./text/steps.js";

/** Creates the directory with its parents (0700) and proves that files can be written there. The error is a sentence for a person. */
export function prepareOutputDir(path: string): Result<void, string> {
  try {
    makeDir(path);
    proveWritable(path);
    return ok(undefined);
  } catch (error) {
    return err(`can't write to the output directory ${path}: ${explainIo(error)}`);
  }
}

export interface OutputDirOptions {
  /** Exists: see `prepareOutputDir`. */
  dir: string;
  /** A file can't be written: called once, with a sentence for a person; the other files are still tried. */
  onSinkError(message: string): void;
}

/** The names of all files that the run may write into its output directory. */
export function answerFiles(tasks: readonly Pick<PlannedTask, "task_id" | "backend" | "verbose">[]): Set<string> {
  const names = fileNames(tasks);
  const files = tasks.flatMap(({ task_id, verbose }) => {
    const name = names.get(task_id);
    return name === undefined ? [] : [`${name}.md`, ...(verbose ? [`${name}.log`] : [])];
  });
  return new Set([...files, "summary.json"]);
}

/** Writes the files of one run. */
export function outputDirReporter({ dir, onSinkError }: OutputDirOptions): Reporter {
  const state = emptyRun();
  let names = new Map<string, string>();
  const verbose = new Set<string>();
  /** Descriptors of the logs of running tasks. */
  const logs = new Map<string, number>();
  let reported = false;

  const attempt = (file: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!reported) onSinkError(`can't write ${join(dir, file)}: ${explainIo(error)}`);
      reported = true;
    }
  };
  const nameOf = (taskId: string): string => names.get(taskId) ?? "unknown-task";

  const openLog = (taskId: string): void => {
    if (!verbose.has(taskId) || logs.has(taskId)) return;
    const file = `${nameOf(taskId)}.log`;
    // In its place at once, so that it can be followed while it grows.
    attempt(file, () => place(dir, file, (path) => logs.set(taskId, openSync(path, "wx", 0o600))));
  };
  const log = (step: Step): void => {
    const fd = logs.get(step.task_id);
    if (fd === undefined) return;
    const lines = stepLines(step).map((line) => `${step.time} ${line}\n`);
    attempt(`${nameOf(step.task_id)}.log`, () => writeAll(fd, lines.join("")));
  };
  const closeLog = (taskId: string): void => {
    const fd = logs.get(taskId);
    if (fd !== undefined) closeSync(fd);
    logs.delete(taskId);
  };

  return {
    onEvent(event: RunEvent) {
      fold(state, event);
      switch (event.type) {
        case "run_started":
          names = fileNames(allTasks(event));
          for (const task of allTasks(event)) if (task.verbose) verbose.add(task.task_id);
          break;
        case "task_started":
          openLog(event.task_id);
          break;
        case "task_activity":
        case "task_retrying":
          log(event);
          break;
        case "task_finished": {
          closeLog(event.task_id);
          const file = `${nameOf(event.task_id)}.md`;
          attempt(file, () => writeAnswer(dir, file, event.result));
          break;
        }
        case "run_finished":
          attempt("summary.json", () =>
            place(dir, "summary.json", (path) =>
              intoNewFile(path, (write) => writeRunResult(state, { write, onSinkError })),
            ),
          );
          break;
        case "run_resumed":
        case "warning":
        case "task_output":
        case "lane_changed":
        case "lane_parked":
        case "lane_paused":
          break;
        default:
          event satisfies never;
      }
    },
    close() {
      for (const taskId of [...logs.keys()]) closeLog(taskId);
    },
  };
}

/** The answer as it came; if the task failed, the reason below it, so that half an answer never looks complete. */
function writeAnswer(dir: string, file: string, record: TaskRecord): void {
  const failure = failureLines(record);
  place(dir, file, (path) => {
    if (record.content_file === undefined) {
      const text = record.content;
      intoNewFile(path, (write) => write(failure === "" ? text : `${text}${gap(text)}${failure}`));
      return;
    }
    copyFileSync(record.content_file.path, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    chmodSync(path, 0o600);
    if (failure === "") return;
    const fd = openSync(path, "a");
    try {
      writeAll(fd, `\n\n${failure}`);
    } finally {
      closeSync(fd);
    }
  });
}

function gap(text: string): string {
  if (text === "") return "";
  return text.endsWith("\n") ? "\n" : "\n\n";
}
