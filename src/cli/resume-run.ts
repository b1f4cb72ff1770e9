// `clinvk runs resume` and `clinvk runs retry`: run what is left of a recorded run, or some of it again.
import { openResume, type ResumeRefusal } from "../app/resume.js";
import { loadConfig } from "../config/load.js";
import type { Plan } from "../plan/plan.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok } from "../util/result.js";
import { EXIT } from "./exit-codes.js";
import { isOn } from "./flags/progress-flag.js";
import { OFFLINE } from "./flags/read-run-flags.js";
import type { Io } from "./io.js";
import type { ReportFlags } from "./output/reports.js";
import { fail, refuse } from "./refuse.js";
import { runAndReport } from "./run-and-report.js";

export interface ResumeRequest {
  run_id: string;
  /** Tasks that have ended and run again all the same. */
  again?: "failed" | readonly string[];
  on_quota?: Plan["on_quota"];
  flags: ReportFlags;
}

/** Runs what is left of a run, in the way in which it was begun, and reports the whole run. Returns the exit code. */
export async function resumeRecorded({ run_id, again, on_quota, flags }: ResumeRequest, io: Io): Promise<number> {
  const where = again === undefined ? "clinvk runs resume" : "clinvk runs retry";
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  if (!config.ok) return refuse(io, config.error);
  const opened = await openResume({
    config: config.value,
    run_id,
    ...omitUndefined({ again }),
    admit: async (plan) =>
      isOn(io.env[OFFLINE]) && !plan.offline ? err(`the run asks real models, and ${OFFLINE} is set`) : ok(plan),
    onError: (message) => io.stderr(`clinvk: ${message}\n`),
  });
  if (!opened.ok) return refused(opened.error, where, io);
  const { resumed } = opened.value;
  if (resumed.missing_env.length > 0)
    io.stderr(`warning: the configuration has no value for ${resumed.missing_env.join(", ")} any more\n`);
  const plan: Plan = { ...opened.value.plan, ...omitUndefined({ on_quota }) };
  return runAndReport({ plan, config: config.value, flags, journal: true, resumed }, io);
}

function refused(refusal: ResumeRefusal, where: string, io: Io): number {
  switch (refusal.kind) {
    case "nothing_left":
      io.stderr(`${where}: ${refusal.message}\n`);
      return EXIT.ok;
    case "prompt":
      return fail(
        io,
        where,
        "a prompt is not run again: `clinvk sessions list` and `clinvk resume` continue its conversation",
      );
    case "refused":
      return fail(io, where, refusal.message);
    default:
      return refusal satisfies never;
  }
}
