// Which reports a run gets, and where they are written.
import { fstatSync } from "node:fs";
import type { Prepared } from "../../app/prepare.js";
import type { LoadedConfig } from "../../config/load.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import type { Plan } from "../../plan/plan.js";
import { configuredRedactor } from "../../redact/configured.js";
import {
  fdSink,
  fileSink,
  jsonReporter,
  ndjsonReporter,
  outputDirReporter,
  prepareOutputDir,
  progressReporter,
  type Reporter,
  type Sink,
  textReporter,
} from "../../reporters/index.js";
import { withoutCommands } from "../../reporters/text/log-commands.js";
import { err, ok, type Result } from "../../util/result.js";
import { isTerminal, terminalColumns } from "../../util/terminal.js";
import { isCiLog, rawStderr } from "../ci-log.js";
import { progressMode } from "../flags/progress-flag.js";
import type { RunFlags } from "../flags/run-flags.js";
import type { Io } from "../io.js";
import { overwritten } from "./output-files.js";

/** The flags that choose reports. */
export type ReportFlags = Pick<RunFlags, "json" | "quiet" | "keepOrder" | "events" | "report" | "progress">;

export interface Reports {
  reporters: Reporter[];
  /** Writes to stderr, above the live view if there is one. */
  stderr(text: string): void;
  /** Prints the problem on stderr, and remembers that there was one. */
  onProblem(message: string): void;
  /** Whether a report could not be written. */
  failed(): boolean;
  /** Restores the terminal; the reports end by themselves, unless the run ends with an internal error. */
  restore(): void;
}

export interface ReportsRequest {
  flags: ReportFlags;
  plan: Plan;
  config: LoadedConfig;
  /** The run has a journal. */
  journal: boolean;
  /** The files that were read for the run: nothing may write over them. */
  inputs?: Prepared["inputs"];
  /** Words a problem of the output directory. */
  atOutputDir?: Prepared["atOutputDir"];
  /** Called when stdout is closed and no other output takes the results. */
  onOutputClosed(): void;
}

export async function openReports(request: ReportsRequest, io: Io): Promise<Result<Reports, Diagnostic>> {
  const { flags, plan, config, journal: recorded, onOutputClosed } = request;
  const { inputs = [], atOutputDir = (message) => ({ source: "output_dir", message }) } = request;
  // Before anything is opened for writing.
  const overwrites = overwritten({ flags, plan, inputs, cwd: io.cwd });
  if (overwrites !== undefined) return err(overwrites);
  let failed = false;
  const tty = isTerminal(2);
  const dry_run = plan.tasks.every((task) => task.dry_run);
  const quiet = flags.quiet === true;
  const piped_text = isPipe(1) && !flags.json && !quiet;
  const mode = progressMode({ flag: flags.progress, quiet, dry_run, tty, piped_text, env: io.env });
  // If the answers go elsewhere, the terminal shows how each task has ended.
  const results = quiet || !isTerminal(1);
  const live = mode === "live" ? await openLive(plan, results, io) : undefined;
  const stderr = live === undefined ? io.stderr : (text: string) => live.above(text, io.stderr);
  const onProblem = (message: string) => {
    failed = true;
    stderr(`clinvk: ${message}\n`);
  };
  const { report = [] } = flags;
  const hasOtherPlace =
    plan.output_dir !== undefined || (flags.events !== undefined && flags.events !== "-") || report.length > 0;
  const output = fdSink(1, {
    name: "stdout",
    onError: onProblem,
    onClosed: () => {
      if (!hasOtherPlace) onOutputClosed();
    },
  });
  const stdout: Sink = live && isTerminal(1) ? { ...output, write: (text) => live.above(text, output.write) } : output;
  const others: Reporter[] = [];
  if (report.length > 0) {
    const { otherReports, promptsOf } = await import("./report-files.js");
    const prompts = promptsOf(plan, configuredRedactor(config.config, io.env));
    // GitHub's runner reads commands from the log: they follow the answers in the same stream.
    const command = showsAnswers(flags) ? stdout.write : rawStderr;
    const made = otherReports({ values: report, recorded, prompts, command, onProblem }, io);
    if (!made.ok) return made;
    others.push(...made.value);
  }
  const reporters: Reporter[] = [progressReporter({ write: stderr, states: mode === "plain" })];
  // First in the list, so that the others' final output follows its last frame.
  if (live) reporters.push(live);
  if (flags.events !== undefined && flags.events !== "-") {
    const file = fileSink(flags.events, { onError: onProblem });
    if (!file.ok) return err({ source: "--events", message: file.error });
    reporters.push(ndjsonReporter({ sink: file.value }));
  }
  if (plan.output_dir !== undefined) {
    const made = prepareOutputDir(plan.output_dir);
    if (!made.ok) return err(atOutputDir(made.error));
    reporters.push(outputDirReporter({ dir: plan.output_dir, onSinkError: onProblem }));
  }
  reporters.push(stdoutReporter(flags, plan, stdout, onProblem, io), ...others);
  return ok({ reporters, stderr, onProblem, failed: () => failed, restore: () => live?.close() });
}

async function openLive(plan: Plan, results: boolean, { env, stderr }: Io) {
  const { openLiveView } = await import("./live-terminal.js");
  const rules = { lane_caps: plan.lane_caps, waits_for_quota: plan.on_quota === "wait" };
  return openLiveView({ write: stderr, env, rules, results });
}

function isPipe(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** Whether stdout gets the answers as text, and is not a file. */
function showsAnswers({ json, events }: ReportFlags): boolean {
  return !json && events !== "-" && !fstatSync(1).isFile();
}

function stdoutReporter(
  flags: ReportFlags,
  plan: Plan,
  stdout: Sink,
  onSinkError: (message: string) => void,
  io: Io,
): Reporter {
  if (flags.events === "-") return ndjsonReporter({ sink: stdout });
  if (flags.json) return jsonReporter({ write: stdout.write, onSinkError });
  const tty = isTerminal(1);
  const log = isCiLog(1, io.env);
  // Where GitHub is told to take no commands from the answers, they stay as they are.
  const stopped = flags.report?.includes("github") === true;
  return textReporter({
    write: log && !stopped ? (text) => stdout.write(withoutCommands(text)) : stdout.write,
    onSinkError,
    quiet: flags.quiet ?? false,
    keep_order: flags.keepOrder ?? false,
    aggregate_output: plan.aggregate_output,
    color: tty && !io.env.NO_COLOR && io.env.TERM !== "dumb",
    screen: tty || log,
    columns: terminalColumns(),
  });
}
