// Runs a plan for a person at the command line: interrupts, reports, and the exit code.
import { executeRun } from "../app/execute.js";
import type { Prepared } from "../app/prepare.js";
import type { LoadedConfig } from "../config/load.js";
import { checkScratchRoot } from "../executors/scratch.js";
import type { Plan } from "../plan/plan.js";
import { collectGarbage } from "../process/gc.js";
import type { Reporter } from "../reporters/reporter.js";
import type { ResumedRun } from "../store/resume.js";
import { interruptedBy } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { isTerminal, terminalColumns } from "../util/terminal.js";
import { EXIT } from "./exit-codes.js";
import { type Io, tellWaiting } from "./io.js";
import { endOfRun } from "./output/end-of-run.js";
import { fileOfReport } from "./output/output-files.js";
import { untilRead } from "./output/pipe-readers.js";
import { openReports, type ReportFlags } from "./output/reports.js";
import { ANOTHER_HOME, refuse } from "./refuse.js";
import { exitCodeOf } from "./run-exit-code.js";
import { catchInterrupts } from "./signals.js";

export interface RunRequest {
  plan: Plan;
  config: LoadedConfig;
  flags: ReportFlags;
  journal: boolean;
  resumed?: ResumedRun<Plan>;
  /** See `RunOptions.warned`. */
  warned?: Promise<string>;
  /** The files that were read for the run. */
  inputs?: Prepared["inputs"];
  atOutputDir?: Prepared["atOutputDir"];
}

/** Returns the exit code. The journal of a resumed run is always closed. */
export async function runAndReport(request: RunRequest, io: Io): Promise<number> {
  const { plan, config, flags, journal, resumed, warned } = request;
  const home = plan.dry_run ? undefined : checkScratchRoot(config.clinvk_home);
  if (home?.ok === false) {
    resumed?.journal.close();
    return refuse(io, [{ source: "$CLINVK_HOME", message: home.error, hint: ANOTHER_HOME }]);
  }
  if (plan.tasks.length > 1) keepHeapSmall();
  const held = await untilRead(filesOf(flags), tellWaiting(io));
  let say = io.stderr;
  const interrupts = catchInterrupts((signal) =>
    say(`clinvk: ${signal}: stopping; once more kills at once what does not stop\n`),
  );
  const colors = config.config.output?.color === false ? { ...io, env: { ...io.env, NO_COLOR: "1" } } : io;
  const reports = await openReports({ ...request, onOutputClosed: () => interrupts.end("output_closed") }, colors);
  held();
  if (!reports.ok) {
    resumed?.journal.close();
    return refuse(io, [reports.error]);
  }
  const { reporters, stderr, onProblem, failed, restore } = reports.value;
  say = stderr;
  try {
    const { signal, kill } = interrupts;
    let takenOver = false;
    const state = await executeRun({
      plan,
      config,
      env: io.env,
      reporters: [...reporters, heapKeeper()],
      journal,
      ...omitUndefined({ resumed, warned }),
      signal,
      kill,
      onProblem,
      onWarning: (message) => say(`clinvk: ${message}\n`),
      onTakenOver: (message) => {
        takenOver = true;
        say(`clinvk: ${message}\n`);
      },
    });
    // What is left to do, and the results, are told by the process that has the run now.
    if (takenOver) return EXIT.failed;
    const { max_cost_usd, max_total_tokens, output_dir } = plan;
    const end = {
      journal,
      columns: terminalColumns(2),
      log: !isTerminal(2),
      budget: omitUndefined({ max_cost_usd, max_total_tokens }),
      reports: (flags.report ?? []).flatMap((value) => fileOfReport(value) ?? []),
      output_dir,
      cwd: io.cwd,
    };
    // If our output was closed, its reader has seen enough.
    if (interruptedBy(state) !== "output_closed") say(await endOfRun(state, end));
    // A report that could not be written completely must not look like success.
    return exitCodeOf(state) || (failed() ? EXIT.failed : EXIT.ok);
  } finally {
    restore();
    interrupts.dispose();
  }
}

/** The files that flags name for reports. */
function filesOf({ events, report = [] }: ReportFlags): string[] {
  const files = report.flatMap((value) => fileOfReport(value) ?? []);
  return events === undefined || events === "-" ? files : [events, ...files];
}

/**
 * Young objects get 1 MB instead of up to 16: the process stays some 25 MB smaller, and every fork of it is cheaper.
 * V8 reads this whenever it would grow that space, so it can be set now. Not imported: loading it costs a start 5 ms.
 */
function keepHeapSmall(): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--semi-space-growth-factor=1");
  // V8 waits ten times longer before it optimises: a run ends before that would pay.
  setFlagsFromString("--interrupt-budget=1351680");
}

/** Collects garbage now and then: V8 alone lets the heap grow with the number of tasks. */
function heapKeeper(): Reporter {
  let weight = 0;
  return {
    onEvent(event) {
      if (event.type !== "task_finished") return;
      weight += 1 + (event.result.content_file?.bytes ?? 0) / LARGE_BYTES;
      if (weight < TASKS_PER_COLLECTION) return;
      weight = 0;
      collectGarbage();
    },
    close() {},
  };
}

const TASKS_PER_COLLECTION = 200;
/** This much of a large answer weighs as much as a task: its lines were strings of that size. */
const LARGE_BYTES = 64 * 1024;
