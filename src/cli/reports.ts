// Which reports a run gets, and where they are written.
import type { Plan } from "../plan.js";
import {
  fdSink,
  fileSink,
  jsonReporter,
  ndjsonReporter,
  outputDirReporter,
  progressReporter,
  type Reporter,
  type Sink,
  textReporter,
} from "../reporters/index.js";
import type { Diagnostic } from "../util/diagnostics.js";
import { err, ok, type Result } from "../util/result.js";
import { isTerminal } from "../util/terminal.js";
import type { Io } from "./io.js";

export interface ReportFlags {
  json?: true | undefined;
  quiet?: true | undefined;
  keepOrder?: true | undefined;
  events?: string | undefined;
}

export interface Reports {
  reporters: Reporter[];
  /** Says it on stderr and remembers it. */
  onProblem(message: string): void;
  /** Whether a report could not be written. */
  failed(): boolean;
}

/** `onOutputClosed` is called when nobody is left who could read the results. */
export function openReports(
  flags: ReportFlags,
  plan: Plan,
  io: Io,
  onOutputClosed: () => void,
): Result<Reports, Diagnostic> {
  let failed = false;
  const onProblem = (message: string) => {
    failed = true;
    io.stderr(`clinvk: ${message}\n`);
  };
  const hasOtherPlace = plan.output_dir !== undefined || (flags.events !== undefined && flags.events !== "-");
  const stdout = fdSink(1, {
    name: "stdout",
    onError: onProblem,
    onClosed: () => {
      if (!hasOtherPlace) onOutputClosed();
    },
  });
  const reporters: Reporter[] = [progressReporter({ write: io.stderr, tty: isTerminal(2) })];
  if (flags.events !== undefined && flags.events !== "-") {
    const file = fileSink(flags.events, { onError: onProblem });
    if (!file.ok) return err({ source: "--events", message: file.error });
    reporters.push(ndjsonReporter({ sink: file.value }));
  }
  if (plan.output_dir !== undefined)
    reporters.push(outputDirReporter({ dir: plan.output_dir, onSinkError: onProblem }));
  reporters.push(stdoutReporter(flags, plan, stdout, onProblem, io));
  return ok({ reporters, onProblem, failed: () => failed });
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
  return textReporter({
    write: stdout.write,
    onSinkError,
    quiet: flags.quiet ?? false,
    keep_order: flags.keepOrder ?? false,
    aggregate_output: plan.aggregate_output,
    color: tty && !io.env.NO_COLOR && io.env.TERM !== "dumb",
    tty,
    columns: tty ? process.stdout.columns : undefined,
  });
}
