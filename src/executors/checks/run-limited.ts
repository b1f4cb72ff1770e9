// Runs a short helper process for a task (a check, git) as a process of the run: it stops with the run, or at its time limit.

import type { ChildHandlers, ChildSpec } from "../../process/child.js";
import type { ChildEnd, RunningChild } from "../../process/running-child.js";
import type { Failure } from "../../schema/failure.js";
import { systemClock } from "../../util/clock.js";

/** The place where a task's helper processes run. */
export interface Place {
  /** Absolute path. */
  workdir: string;
  /** The whole environment of the process. */
  env: Readonly<Record<string, string>>;
  /** Usually the run's `ProcessRun`. */
  processes: { spawn(spec: ChildSpec, handlers: ChildHandlers): RunningChild };
  /** The task's marker; helper processes add a suffix to it, so they may run beside the CLI itself. */
  task_marker: string;
  /** An existing directory for spooling a huge line. */
  spool_dir: string;
  /** The checking threads take turns between askers; see `AskOptions`. */
  asker: string;
  /** Aborted = stop; its reason is a `Failure`. */
  signal: AbortSignal;
}

export interface LimitedCommand {
  /** Distinguishes the helper processes of one task; `A-Z a-z 0-9 _ -`. */
  label: string;
  file: string;
  args: string[];
  stdin?: string;
  /** 0 = no limit. */
  limit_ms: number;
  onLine(line: string): void;
}

/** Never rejects. `late` = the process was stopped at its time limit. */
export async function runLimited(place: Place, command: LimitedCommand): Promise<ChildEnd & { late: boolean }> {
  const { workdir, env, processes, task_marker, spool_dir, signal } = place;
  const child = processes.spawn(
    {
      file: command.file,
      args: command.args,
      env: { ...env },
      cwd: workdir,
      stdin: command.stdin ?? "",
      task_marker: `${task_marker}-${command.label}`,
      spool_dir,
    },
    { onLine: command.onLine },
  );
  let late = false;
  const stopLate = () => {
    late = true;
    child.stop();
  };
  const cancel = command.limit_ms > 0 ? systemClock.after(command.limit_ms, stopLate) : undefined;
  const abort = () => child.stop();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  const end = await child.done;
  cancel?.();
  signal.removeEventListener("abort", abort);
  return { ...end, late };
}

/**
 * The failure of a task whose checks the signal has stopped: the answer is there, so a limit that has passed is named, and
 * only what somebody canceled is `canceled`.
 */
export function stoppedCheck({ signal }: Pick<Place, "signal">): Failure {
  const reason = signal.reason as Failure;
  return { ...reason, message: `${reason.message}; its answer was being checked` };
}
