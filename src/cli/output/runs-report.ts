// `clinvk runs report`: the reports of a run that was recorded, made afterwards from its journal.

import { loadConfig } from "../../config/load.js";
import type { Plan } from "../../plan/plan.js";
import { configuredRedactor } from "../../redact/configured.js";
import { JournalReader } from "../../store/journal-reader.js";
import { readPlan } from "../../store/plan-file.js";
import { overviewOf } from "../../store/runs.js";
import { runDir } from "../../store/store.js";
import { emptyRun, fold } from "../../summary/summary.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { rawStderr } from "../ci-log.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { fail, refuse } from "../refuse.js";
import { otherReports, promptsOf } from "./report-files.js";
import { ended } from "./runs-text.js";

export interface RunReportRequest {
  clinvk_home: string;
  run_id: string;
  /** The values of `--report`. */
  reports: readonly string[];
}

/** Writes the reports; returns the exit code. An interrupted run is shown as if it had ended with its last event. */
export async function reportRun({ clinvk_home, run_id, reports }: RunReportRequest, io: Io): Promise<number> {
  const failWith = (message: string, code: number) => fail(io, "clinvk runs report", message, code);
  // Before the journal is read: a run that ends meanwhile is then complete.
  const overview = overviewOf(clinvk_home, run_id);
  if (overview.status === "running")
    return failWith(`the run ${run_id} is under way; \`clinvk runs logs ${run_id} --follow\` shows it`, EXIT.invalid);
  let code: number = EXIT.ok;
  const onProblem = (message: string) => {
    code = failWith(message, EXIT.failed);
  };
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  const plan = readPlan<Plan>(runDir(clinvk_home, run_id), run_id);
  // Without the configuration its secrets are unknown: the reports then leave the prompts out.
  const prompts =
    config.ok && plan.ok ? promptsOf(plan.value, configuredRedactor(config.value.config, io.env)) : undefined;
  const request = { values: reports, recorded: true, ...omitUndefined({ prompts }), command: rawStderr, onProblem };
  const made = otherReports(request, io);
  if (!made.ok) return refuse(io, [made.error], "nothing was written");
  const state = emptyRun({ keep_content: false });
  const reader = new JournalReader(runDir(clinvk_home, run_id), run_id);
  for (const event of reader.read()) {
    fold(state, event);
    for (const reporter of made.value) reporter.onEvent(event);
  }
  if (state.started === undefined) return failWith(`nothing is recorded of the run ${run_id}`, EXIT.failed);
  const { finished } = ended(state, overview);
  if (state.finished === undefined && finished !== undefined)
    for (const reporter of made.value) reporter.onEvent(finished);
  for (const reporter of made.value) await reporter.close();
  if (reader.damage !== undefined) failWith(`what the journal has lost is not in it: ${reader.damage}`, EXIT.failed);
  return code;
}
