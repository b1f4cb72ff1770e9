// Whether a recorded run may be resumed, and its plan if so: one gate for the command line and the server.
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
  /** Tasks that have ended and run again all the same: those that did not succeed, or those with these ids. */
  again?: "failed" | readonly string[];
  /** A further reason to refuse, in words for a person, such as a server's policy; `undefined` = none. */
  refuse?(plan: Plan): string | undefined;
  /** The journal can't be written any more: called once, the run continues without it. */
  onError(message: string): void;
}

/**
 * Why a run is not resumed. `nothing_left`: every task has its result. `prompt`: a prompt is continued by its session, not
 * run again; how depends on who asks.
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

/** Opens a run to resume it. What it refuses is left as it was: unlocked, and with nothing written to its journal. */
export function openResume(request: OpenResumeRequest): Result<OpenedResume, ResumeRefusal> {
  const { run_id, again, onError, refuse } = request;
  const { config, clinvk_home } = request.config;
  const opened = resumeRun<Plan>({
    clinvk_home,
    run_id,
    ...omitUndefined({ again }),
    backends: backendNames(config),
    env: (backend) => config.backends?.[backend]?.env ?? {},
    onError,
  });
  if (!opened.ok) return err({ kind: "refused", message: opened.error });
  const resumed = opened.value;
  const refusal = refusalOf(resumed, refuse);
  if (refusal !== undefined) {
    resumed.journal.close();
    return err(refusal);
  }
  // Its warnings were shown when the run began.
  return ok({ plan: { ...resumed.plan, warnings: [] }, resumed });
}

function refusalOf(
  { plan, finished, run }: ResumedRun<Plan>,
  refuse: OpenResumeRequest["refuse"],
): ResumeRefusal | undefined {
  const message = refuse?.(plan);
  if (message !== undefined) return { kind: "refused", message };
  if (plan.kind === "prompt") return { kind: "prompt" };
  if (run.state.finished !== undefined && finished.size === allTasks(plan).length)
    return { kind: "nothing_left", message: `the run ${run.run_id} has nothing left to run` };
  const place = plan.output_dir === undefined ? undefined : prepareOutputDir(plan.output_dir);
  return place && !place.ok ? { kind: "refused", message: place.error } : undefined;
}
