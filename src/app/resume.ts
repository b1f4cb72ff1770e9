// Opens a recorded run to resume it, or says why it can't be resumed. The command line and the server share this check.
import type { LoadedConfig } from "../config/load.js";
import type { Plan } from "../plan/plan.js";
import { prepareOutputDir } from "../reporters/index.js";
import { backendNames } from "../schema/config.js";
import { type ResumedRun, resumeRun } from "../store/resume.js";
import { allTasks } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";

export interface OpenResumeRequest {
  config: LoadedConfig;
  run_id: string;
  /** Ended tasks that run again: all that did not succeed, or the tasks with these ids. */
  again?: "failed" | readonly string[];
  /** See the store's `ResumeRequest`. */
  force?: boolean;
  force_command?: string;
  /** A server's policy: returns the plan as it may run, or a reason for a person. Default: the recorded plan runs as it is. */
  admit?(plan: Plan): Promise<Result<Plan, string>>;
  /** The journal can't be written any more: called once, the run continues without it. */
  onError(message: string): void;
}

/**
 * Why a run is not resumed. `nothing_left`: every task has its result. `prompt`: a prompt is continued by its session, not
 * run again; the caller says how.
 */
export type ResumeRefusal =
  | { kind: "nothing_left"; message: string }
  | { kind: "prompt" }
  | { kind: "refused"; message: string };

/** A run that is locked, with its journal open: give it to `execute`, or close `resumed.journal`. */
export interface OpenedResume {
  plan: Plan;
  resumed: ResumedRun<Plan>;
}

/** Opens a run to resume it. A refused run stays as it was: unlocked, and with nothing added to its journal. */
export async function openResume(request: OpenResumeRequest): Promise<Result<OpenedResume, ResumeRefusal>> {
  const { run_id, again, onError, admit, force, force_command } = request;
  const { config, clinvk_home } = request.config;
  const opened = resumeRun<Plan>({
    clinvk_home,
    run_id,
    ...omitUndefined({ again, force, force_command }),
    backends: backendNames(config),
    env: (backend) => config.backends?.[backend]?.env ?? {},
    onError,
  });
  if (!opened.ok) return err({ kind: "refused", message: opened.error });
  const { journal } = opened.value;
  let isOpen = false;
  try {
    const admitted = (await admit?.(opened.value.plan)) ?? ok(opened.value.plan);
    if (!admitted.ok) return err({ kind: "refused", message: admitted.error });
    const resumed = { ...opened.value, plan: admitted.value };
    const refusal = refusalOf(resumed);
    if (refusal !== undefined) return err(refusal);
    isOpen = true;
    // The warnings of the plan were shown when the run began.
    return ok({ plan: { ...resumed.plan, warnings: [] }, resumed });
  } finally {
    if (!isOpen) journal.close();
  }
}

function refusalOf({ plan, finished, run }: ResumedRun<Plan>): ResumeRefusal | undefined {
  if (plan.kind === "prompt") return { kind: "prompt" };
  if (run.state.finished !== undefined && finished.size === allTasks(plan).length)
    return { kind: "nothing_left", message: `the run ${run.run_id} has nothing left to run` };
  const place = plan.output_dir === undefined ? undefined : prepareOutputDir(plan.output_dir);
  return place && !place.ok ? { kind: "refused", message: place.error } : undefined;
}
