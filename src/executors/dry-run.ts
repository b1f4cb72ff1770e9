// Shows what would be executed: starts no process and needs no CLI.
import { join } from "node:path";
import type { Backend, InvocationContext } from "../backends/shared/backend.js";
import { shellQuote } from "../util/shell-quote.js";
import type { Attempt, Job } from "./executor.js";

/** Builds the exact command of a job, with the backend's plain name for its executable. */
export function dryRun(
  backend: Backend,
  job: Job,
  context: Pick<InvocationContext, "env" | "marker" | "offline"> & { clinvk_home: string },
): Attempt {
  const invocation = backend.invocation(job.task, {
    ...context,
    scratch: join(context.clinvk_home, "tmp", job.run_id, `attempt-${job.task.index + 1}`),
    executable: [backend.binary],
    user_files: {},
  });
  const command = shellQuote([invocation.file, ...invocation.args]);
  const bytes = Buffer.byteLength(invocation.stdin);
  return {
    exit_code: 0,
    signal: null,
    content: `Would execute: ${command}\nThe prompt (${bytes} bytes) goes to its stdin.\n`,
    outcome: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null },
    may_have_written: false,
    edited: false,
    command,
  };
}
