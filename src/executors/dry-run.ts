// Shows the command of a task without running it: starts no process and needs no CLI.
import { dirname, join } from "node:path";
import type { Backend, InvocationContext } from "../backends/shared/backend.js";
import { shellQuote } from "../util/shell-quote.js";
import type { Attempt, Job } from "./executor.js";
import type { Located } from "./locate.js";
import { writeScratchFiles } from "./scratch.js";

export interface DryRunPlace extends Pick<InvocationContext, "env" | "offline"> {
  located: Located;
  clinvk_home: string;
  /** A directory of the run. Files that the command names are written beside it; without it no file is written. */
  answers_dir?: string;
}

/** Builds the command of a job as a person would type it: the CLI's name, or its path if it is not on PATH. */
export function dryRun(backend: Backend, { run_id, task }: Job, place: DryRunPlace): Attempt {
  const { located, clinvk_home, answers_dir, ...context } = place;
  const run = answers_dir === undefined ? join(clinvk_home, "tmp", run_id) : dirname(answers_dir);
  const dir = join(run, "dry-run", String(task.index + 1));
  const program = located.found && located.source !== "PATH" ? located.path : backend.binary;
  const { args, files, stdin } = backend.invocation(task, {
    ...context,
    scratch: dir,
    executable: [program],
    user_files: {},
  });
  // Write these files, so that a person can paste and run the command.
  const named = files.filter(({ path }) => args.some((arg) => arg.includes(path)));
  if (answers_dir !== undefined) writeScratchFiles(named);
  const command = shellQuote([program, ...args]);
  const bytes = Buffer.byteLength(stdin);
  return {
    exit_code: 0,
    signal: null,
    content: `Would execute: ${command}\nThe prompt (${bytes} ${bytes === 1 ? "byte" : "bytes"}) goes to its stdin.\n`,
    outcome: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null },
    may_have_written: false,
    edited: false,
    command,
  };
}

/**
 * Each call resolves in a turn of the event loop that no other call has. A dry run waits for nothing by itself, so many of
 * them in one turn would keep everything else in the process waiting.
 */
export function turns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resume) => setImmediate(resume)));
    return last;
  };
}
