// `clinvk runs resume` and `clinvk runs retry`: go on with a recorded run.
import { loadConfig } from "../config/load.js";
import type { Plan } from "../plan/plan.js";
import { prepareOutputDir } from "../reporters/index.js";
import { backendNames } from "../schema/config.js";
import { resumeRun } from "../store/resume.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { Io } from "./io.js";
import type { ReportFlags } from "./output/reports.js";
import { fail, refuse } from "./refuse.js";
import { runAndReport } from "./run-and-report.js";

export interface GoOnRequest {
  run_id: string;
  /** Tasks that have ended and run again all the same. */
  again?: "failed" | readonly string[];
  on_quota?: Plan["on_quota"];
  flags: ReportFlags;
}

/** Runs what is left of a run, in the way in which it was begun, and reports the whole run. Returns the exit code. */
export async function goOn({ run_id, again, on_quota, flags }: GoOnRequest, io: Io): Promise<number> {
  const where = again === undefined ? "clinvk runs resume" : "clinvk runs retry";
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  if (!config.ok) return refuse(io, config.error);
  const resumed = resumeRun<Plan>({
    clinvk_home: config.value.clinvk_home,
    run_id,
    ...omitUndefined({ again }),
    backends: backendNames(config.value.config),
    env: (backend) => config.value.config.backends?.[backend]?.env ?? {},
    onError: (message) => io.stderr(`clinvk: ${message}\n`),
  });
  if (!resumed.ok) return fail(io, where, resumed.error);
  const { journal, missing_env } = resumed.value;
  if (missing_env.length > 0)
    io.stderr(`warning: the configuration has no value for ${missing_env.join(", ")} any more\n`);
  if (resumed.value.plan.kind === "prompt") {
    journal.close();
    return fail(
      io,
      where,
      "a prompt is not run again: `clinvk sessions list` and `clinvk resume` continue its conversation",
    );
  }
  // What was to be said about the plan was said when the run began.
  const plan: Plan = { ...resumed.value.plan, ...omitUndefined({ on_quota }), warnings: [] };
  const place = plan.output_dir === undefined ? undefined : prepareOutputDir(plan.output_dir);
  if (place && !place.ok) {
    journal.close();
    return fail(io, where, place.error);
  }
  return runAndReport({ plan, config: config.value, flags, journal: true, resumed: resumed.value }, io);
}
