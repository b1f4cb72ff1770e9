// `output_dir`: each answer in a file the moment its task ends, logs of verbose tasks, and `summary.json` at the end.
// Every file is made beside its place and renamed into it: no reader sees half a file, and no link is followed.
import { chmodSync, closeSync, constants, copyFileSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { emptyRun, fold } from "../summary.js";
import { makeDir } from "../util/make-dir.js";
import { randomHex } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";
import { failureLines } from "./content.js";
import { fileNames } from "./file-names.js";
import { writeRunResult } from "./json.js";
import type { Reporter } from "./reporter.js";
import { explainIo, writeAll } from "./sink.js";
import { type Step, stepLines } from "./steps.js";

/** Creates the directory with its parents (0700) and proves that files can be written there. The error is a sentence for a person. */
export function prepareOutputDir(path: string): Result<void, string> {
  try {
    makeDir(path);
    removeLeftOvers(path);
    const probe = temporary(path);
    try {
      const fd = openSync(probe, "wx", 0o600);
      try {
        writeAll(fd, "probe\n");
      } finally {
        closeSync(fd);
      }
    } finally {
      rmSync(probe, { force: true });
    }
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
          names = fileNames(event.tasks);
          for (const task of event.tasks) if (task.verbose) verbose.add(task.task_id);
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

/** The answer as it came; below it, if the task did not succeed, why: nobody shall take half an answer for a whole one. */
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

/** Has `make` create a file beside its place and puts it there; leaves nothing behind if that fails. */
function place(dir: string, file: string, make: (path: string) => void): void {
  const path = temporary(dir);
  try {
    make(path);
    renameSync(path, join(dir, file));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function intoNewFile(path: string, fill: (write: (text: string) => void) => void): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    fill((text) => writeAll(fd, text));
  } finally {
    closeSync(fd);
  }
}

/** `.clinvk-HOST-PID-SECRET-COUNT.tmp`: machines and containers may share a directory, and have process ids of their own. */
const OURS = `.clinvk-${hostname().replace(/[^A-Za-z0-9]/g, "_")}-`;
let secret: string | undefined;
let count = 0;

/** A name that nothing has and nobody can guess. */
function temporary(dir: string): string {
  secret ??= randomHex(8);
  count += 1;
  return join(dir, `${OURS}${process.pid}-${secret}-${count}.tmp`);
}

/** Half-made files of processes that were killed. Several runs may share the directory: those of the living stay. */
function removeLeftOvers(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(OURS) || !name.endsWith(".tmp")) continue;
    const pid = Number.parseInt(name.slice(OURS.length), 10);
    if (pid > 0 && !exists(pid)) rmSync(join(dir, name), { force: true });
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
