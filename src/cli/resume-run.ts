// `clinvk runs resume` and `clinvk runs retry`: run what is left of a recorded run, or some of it again.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openResume, type ResumeRefusal } from "../app/resume.js";
import { type LoadedConfig, loadConfig } from "../config/load.js";
import type { Plan } from "../plan/plan.js";
import { JournalReader } from "../store/journal-reader.js";
import { readPlan } from "../store/plan-file.js";
import { runDir } from "../store/store.js";
import { lastEnds } from "../summary/last-ends.js";
import { allTasks, counts, emptyRun, fold } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { EXIT } from "./exit-codes.js";
import { isOn } from "./flags/progress-flag.js";
import { OFFLINE } from "./flags/read-run-flags.js";
import type { Io } from "./io.js";
import { openReports, type ReportFlags } from "./output/reports.js";
import { needsRetry } from "./output/resume-hint.js";
import { fail, refuse } from "./refuse.js";
import { runAndReport } from "./run-and-report.js";
import { findTasksOfRun } from "./run-argument.js";
import { exitCodeOf } from "./run-exit-code.js";

export interface ResumeRequest {
  run_id: string;
  /** Tasks to run again although they have ended. */
  again?: "failed" | readonly string[];
  on_quota?: Plan["on_quota"];
  /** Also if a process that can't be seen from here may work on the run. */
  force?: boolean;
  flags: ReportFlags;
}

/** Runs the unfinished tasks of a run with its original settings, and reports the whole run. Returns the exit code. */
export async function resumeRecorded(request: ResumeRequest, io: Io): Promise<number> {
  const { run_id, on_quota, force, flags } = request;
  let { again } = request;
  const where = again === undefined ? "clinvk runs resume" : "clinvk runs retry";
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  if (!config.ok) return refuse(io, config.error);
  if (Array.isArray(again)) {
    const named = taskIds(config.value.clinvk_home, run_id, again);
    if (!named.ok) return fail(io, where, named.error);
    again = named.value;
  }
  const opened = await openResume({
    config: config.value,
    run_id,
    ...omitUndefined({ again, force }),
    force_command: `${where} ${run_id} --force`,
    admit: async (plan) =>
      isOn(io.env[OFFLINE]) && !plan.offline ? err(`the run asks real models, and ${OFFLINE} is set`) : ok(plan),
    onError: (message) => io.stderr(`clinvk: ${message}\n`),
  });
  if (!opened.ok) {
    if (opened.error.kind !== "nothing_left") return refused(opened.error, where, io);
    io.stderr(`${where}: ${opened.error.message}\n`);
    return showRecorded(run_id, config.value, flags, io);
  }
  const { resumed } = opened.value;
  if (again === undefined && resumed.run.state.finished !== undefined && needsRetry(resumed.run.state)) {
    resumed.journal.close();
    io.stderr(`${where}: the run ${run_id} has nothing to resume: what is left needs the answer of a failed task\n`);
    return showRecorded(run_id, config.value, flags, io);
  }
  if (resumed.missing_env.length > 0)
    io.stderr(`warning: the configuration has no value for ${resumed.missing_env.join(", ")} any more\n`);
  const plan: Plan = { ...opened.value.plan, ...omitUndefined({ on_quota }) };
  return runAndReport({ plan, config: config.value, flags, journal: true, resumed }, io);
}

/** The ids of tasks that a person names; the words themselves if the plan can't be read: then opening the run says why. */
function taskIds(home: string, run_id: string, words: readonly string[]): Result<readonly string[], string> {
  const plan = readPlan<Plan>(runDir(home, run_id), run_id);
  if (!plan.ok) return ok(words);
  const found = findTasksOfRun(
    words,
    allTasks(plan.value).map(({ id, name }) => ({ task_id: id, name })),
  );
  return found.ok ? ok([...found.value]) : found;
}

function refused(refusal: Exclude<ResumeRefusal, { kind: "nothing_left" }>, where: string, io: Io): number {
  switch (refusal.kind) {
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

/**
 * The summary, the reports and the exit code of a run that has ended: a script that resumes until a run has ended gets
 * its result, even if the run was killed just before it could print it. Only JSON has answers.
 * The journal is only read.
 */
async function showRecorded(run_id: string, config: LoadedConfig, flags: ReportFlags, io: Io): Promise<number> {
  const dir = runDir(config.clinvk_home, run_id);
  const plan = readPlan<Plan>(dir, run_id);
  if (!plan.ok) return fail(io, "clinvk runs resume", plan.error);
  const { output_dir, ...rest } = plan.value;
  const isWritten = output_dir === undefined || existsSync(join(output_dir, "summary.json"));
  const quiet = { ...flags, quiet: true, progress: "none" } as const;
  const reports = await openReports(
    { flags: quiet, journal: true, plan: isWritten ? rest : plan.value, config, onOutputClosed: () => {} },
    io,
  );
  if (!reports.ok) return refuse(io, [reports.error]);
  const { reporters, failed } = reports.value;
  const state = emptyRun();
  for (const event of lastEnds(new JournalReader(dir, run_id).read())) {
    fold(state, event);
    for (const reporter of reporters) reporter.onEvent(event);
  }
  for (const reporter of reporters) await reporter.close();
  if (counts(state).failed > 0) io.stderr(`\`clinvk runs retry ${run_id} --failed\` runs the failed tasks again\n`);
  return exitCodeOf(state) || (failed() ? EXIT.failed : EXIT.ok);
}
