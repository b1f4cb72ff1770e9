// Appends the events of a run to its journal. Writes are synchronous: they cost 5 to 20 µs each, asynchronous ones several
// times as much, and the run may act on an event only after its write has returned.
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../schema/event.js";
import type { Task } from "../schema/task.js";
import { runOverview } from "../summary/overview.js";
import { allTasks, emptyRun, fold, type RunState } from "../summary/summary.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";
import { JournalFile } from "./journal-file.js";
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
  /** Called when the open journal can't be written (full disk), and when it is whole again; the run continues either way. */
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
    return err(explain(dir, error, "it can't be resumed from here"));
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
  const { dir, onError } = run;
  let file: JournalFile | undefined = new JournalFile(join(dir, EVENTS_FILE), {
    onFull: (error) => onError(explain(dir, error, "it is tried again, and until then nothing more can be resumed")),
    onRoom: () => onError(`the journal in ${dir} is whole again: there is room on the disk`),
  });
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  const dryRuns = new Set(
    allTasks<Task>(run.plan)
      .filter(({ dry_run }) => dry_run)
      .map(({ id }) => id),
  );

  const end = (): void => {
    file?.close();
    file = undefined;
    waiting = "";
  };
  const attempt = (write: (file: JournalFile) => void): void => {
    if (file === undefined) return;
    try {
      write(file);
    } catch (error) {
      end();
      run.lock.isHeld();
      if (!run.lock.lost.aborted) onError(explain(dir, error, "it can't be resumed from here"));
    }
  };
  run.lock.lost.addEventListener("abort", end);
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    attempt((open) => open.append(text));
  };

  return {
    lost: run.lock.lost,
    onEvent(event) {
      if (file === undefined) return;
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
      if (event.type === "task_finished" && !dryRuns.has(event.task_id)) attempt((open) => syncResult(open, event));
      if (event.type === "run_finished") {
        attempt((open) => {
          open.catchUp();
          open.sync();
          if (!open.isBehind) keepOverview(dir, runOverview(run.plan.run_id, run.state), open.stat());
        });
      }
    },
    flush,
    close() {
      flush();
      attempt((open) => {
        open.catchUp();
        open.check();
      });
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
function syncResult(journal: JournalFile, event: Extract<RunEvent, { type: "task_finished" }>): void {
  if (event.result.content_file !== undefined) {
    const answer = openSync(event.result.content_file.path, "r");
    try {
      fdatasyncSync(answer);
    } finally {
      closeSync(answer);
    }
  }
  journal.sync();
}

function explain(dir: string, error: unknown, consequence: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "ENOSPC" || code === "EDQUOT" ? `the disk is full (${code})` : message;
  return `the journal in ${dir} can't be written: ${reason}; the run continues, but ${consequence}`;
}
