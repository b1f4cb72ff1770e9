// `clinvk parallel`: flags and files in, reports and an exit code out.
import { type PrepareRequest, prepare } from "../../app/prepare.js";
import { type Diagnostic, formatDiagnostics } from "../../document/diagnostics.js";
import type { TaskSource } from "../../task-file/task-file.js";
import { given } from "../../util/given.js";
import { EXIT } from "../exit-codes.js";
import { type ParallelFlags, parallelCommand, readParallelFlags } from "../flags/run-flags.js";
import { contextBeside, taskSource } from "../flags/task-source.js";
import type { Io } from "../io.js";
import { runAndReport } from "../run-and-report.js";

export async function run(argv: string[], io: Io): Promise<number> {
  const flags = readParallelFlags(argv, io);
  if (typeof flags === "number") return flags;
  const source = await taskSource(flags, "the task file", io);
  if (!source.ok) return invalid(io, source.error);
  if (source.value === undefined) {
    io.stderr(parallelCommand(io).helpInformation());
    return EXIT.invalid;
  }
  const context = await contextBeside(flags, io);
  if (!context.ok) return invalid(io, context.error);

  const prepared = await prepare(prepareRequest(flags, source.value, context.value, io));
  if (!prepared.ok) return invalid(io, prepared.error);
  const { plan, config } = prepared.value;
  return runAndReport({ plan, config, flags, journal: flags.journal && config.config.runs?.journal !== false }, io);
}

function invalid(io: Io, problems: readonly Diagnostic[]): number {
  io.stderr(`${formatDiagnostics(problems)}\n`);
  return EXIT.invalid;
}

function prepareRequest(flags: ParallelFlags, source: TaskSource, context: string | undefined, io: Io): PrepareRequest {
  return {
    source,
    flags: {
      ...given({
        max_parallel: flags.maxParallel,
        fail_fast: flags.failFast,
        output_dir: flags.outputDir,
        dry_run: flags.dryRun,
        only: flags.only,
        tags: flags.tags,
        on_quota: flags.onQuota,
      }),
      offline: flags.offline === true || flags.offlineScript !== undefined,
    },
    ...given({ config_flag: flags.config, offline_script: flags.offlineScript, context }),
    env: io.env,
    cwd: io.cwd,
  };
}
