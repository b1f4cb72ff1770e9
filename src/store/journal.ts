// Appends the events of a run to its journal. Writes are synchronous: they cost 5 to 20 µs each, asynchronous ones several
// times as much, and the run may act on an event only after its write has returned.
import { closeSync, fdatasyncSync, fstatSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../schema/event.js";
import type { Task } from "../schema/task.js";
import { runOverview } from "../summary/overview.js";
import { allTasks, emptyRun, fold, type RunState } from "../summary/summary.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { formatLine } from "./journal-line.js";
import { describeProblem, type Lock, lockRun } from "./lock.js";
import { keepOverview } from "./overview.js";
import { writePlan } from "./plan-file.js";
import { EVENTS_FILE, type Journal, runDir, type StoredPlan } from "./store.js";

/** Live text and activity are buffered up to this many UTF-16 units, … */
const FLUSH_UNITS = 4096;
/** … or for this long. */
const FLUSH_MILLISECONDS = 100;
/** A longer line could not be read back: V8 limits a string to 512 MiB. */
export const MAX_LINE_BYTES = 256 * 1024 * 1024;

export interface JournalOptions {
  clinvk_home: string;
  plan: StoredPlan;
  /** Called once if the open journal can't be written any more (full disk); the run continues without it. */
  onError(message: string): void;
}

/**
 * Opens the journal of a new run: makes its directory, takes its lock, writes its plan. The error says why the run can't
 * be recorded. Never throws.
 */
export function openJournal({ clinvk_home, plan, onError }: JournalOptions): Result<Journal, string> {
  const { run_id } = plan;
  const dir = runDir(clinvk_home, run_id);
  let lock: Lock | undefined;
  try {
    makeDir(dir);
    const locked = lockRun(dir);
    if (!locked.ok) throw new Error(describeProblem(locked.error));
    lock = locked.value;
    writePlan(dir, plan);
    return ok(appendTo({ dir, plan, lock, state: emptyRun({ keep_content: false }), onError }));
  } catch (error) {
    lock?.release();
    return err(explain(dir, error));
  }
}

export interface LockedRun {
  dir: string;
  plan: StoredPlan;
  lock: Lock;
  /** The state folded from the events that the journal already has. */
  state: RunState;
  onError(message: string): void;
}

/** Continues the journal of a run that this process has locked. May throw. */
export function appendTo(run: LockedRun): Journal {
  let fd: number | undefined = openSync(join(run.dir, EVENTS_FILE), "a", 0o600);
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  const dryRuns = new Set(
    allTasks<Task>(run.plan)
      .filter(({ dry_run }) => dry_run)
      .map(({ id }) => id),
  );

  const end = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    waiting = "";
  };
  const attempt = (write: (fd: number) => void): void => {
    if (fd === undefined) return;
    try {
      // Whoever seizes the run continues in a new file, and what we write here is in vain. It may also have been removed.
      if (fstatSync(fd).nlink === 0) throw new Error("it was removed");
      write(fd);
    } catch (error) {
      end();
      run.lock.isHeld();
      if (!run.lock.lost.aborted) run.onError(explain(run.dir, error));
    }
  };
  run.lock.lost.addEventListener("abort", end);
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    attempt((file) => writeWhole(file, text));
  };

  return {
    lost: run.lock.lost,
    onEvent(event) {
      if (fd === undefined) return;
      fold(run.state, event);
      attempt(() => {
        const line = formatLine(event);
        if (line.length > MAX_LINE_BYTES / 3) throw new Error("an event is too large for it");
        waiting += line;
      });
      if (isLive(event) && waiting.length < FLUSH_UNITS) {
        timer ??= setTimeout(flush, FLUSH_MILLISECONDS).unref();
        return;
      }
      flush();
      // Nobody paid for the answer of a dry run, and a sync of several milliseconds for each would add up to seconds.
      if (event.type === "task_finished" && !dryRuns.has(event.task_id)) attempt((file) => syncResult(file, event));
      if (event.type === "run_finished") {
        attempt((file) => {
          fdatasyncSync(file);
          keepOverview(run.dir, runOverview(run.plan.run_id, run.state), fstatSync(file));
        });
      }
    },
    flush,
    close() {
      flush();
      // Tells of a journal that was removed since the last event.
      attempt(() => {});
      end();
      run.lock.lost.removeEventListener("abort", end);
      run.lock.release();
    },
  };
}

function isLive(event: RunEvent): boolean {
  return event.type === "task_output" || event.type === "task_activity";
}

/** Makes a finished answer survive a power cut: syncs its file first, then the line that refers to it. */
function syncResult(journal: number, event: Extract<RunEvent, { type: "task_finished" }>): void {
  if (event.result.content_file !== undefined) {
    const answer = openSync(event.result.content_file.path, "r");
    try {
      fdatasyncSync(answer);
    } finally {
      closeSync(answer);
    }
  }
  fdatasyncSync(journal);
}

/** Writes with one `write(2)`; needs more only if the system takes a part of the text. */
function writeWhole(fd: number, text: string): void {
  let done = writeSync(fd, text);
  if (done === Buffer.byteLength(text)) return;
  const bytes = Buffer.from(text);
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}

function explain(dir: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "ENOSPC" || code === "EDQUOT" ? `the disk is full (${code})` : message;
  return `the journal in ${dir} can't be written: ${reason}; the run continues, but it can't be resumed from here`;
}
