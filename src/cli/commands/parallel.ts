// `clinvk parallel`: flags and files in, reports and an exit code out.
import { type PrepareRequest, prepare } from "../../prepare.js";
import type { TaskSource } from "../../task-file.js";
import { type Diagnostic, formatDiagnostics } from "../../util/diagnostics.js";
import { given } from "../../util/given.js";
import { readStdin, stdinKind } from "../../util/stdin.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { type ParallelFlags, parallelCommand, readParallelFlags } from "../parallel-flags.js";
import { runAndReport } from "../run-and-report.js";

export async function run(argv: string[], io: Io): Promise<number> {
  const flags = readParallelFlags(argv, io);
  if (typeof flags === "number") return flags;
  const source = await taskSource(flags, io);
  if (source === undefined) {
    io.stderr(parallelCommand(io).helpInformation());
    return EXIT.invalid;
  }
  if ("problems" in source) return invalid(io, source.problems);
  const context = await pipedContext(flags, io);
  if (typeof context === "object") return invalid(io, context);

  const prepared = await prepare(prepareRequest(flags, source, context, io));
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

/** The file, or stdin without one; `undefined` = there is neither. */
async function taskSource(
  { file }: ParallelFlags,
  io: Io,
): Promise<TaskSource | { problems: Diagnostic[] } | undefined> {
  if (file !== undefined && file !== "-") return { path: file };
  const kind = stdinKind();
  if (kind === "none" || (kind === "terminal" && file === undefined)) return undefined;
  if (kind === "terminal") io.stderr("clinvk: reading the task file from the terminal; Ctrl-D ends it\n");
  const hint = setTimeout(() => io.stderr("clinvk: waiting for the task file on stdin\n"), 3000);
  const read = await readStdin({ mode: "wait" });
  clearTimeout(hint);
  if (!read.ok) return { problems: read.error };
  if (read.value.bytes === 0 && file === undefined) return undefined;
  return { name: "stdin", text: read.value.text, invalid_utf8: read.value.invalid_utf8 };
}

/** With a file for the tasks, stdin is context for every one of them. */
async function pipedContext(flags: ParallelFlags, io: Io): Promise<string | Diagnostic[] | undefined> {
  if (flags.file === undefined || flags.file === "-") return undefined;
  const mode = flags.stdin === undefined ? "auto" : flags.stdin ? "wait" : "never";
  const read = await readStdin({ mode });
  if (!read.ok) return read.error;
  const { text, bytes, timed_out, invalid_utf8 } = read.value;
  if (timed_out)
    io.stderr(
      "clinvk: stdin is open but delivers nothing: going on without context (--no-stdin says so at once, --stdin waits)\n",
    );
  if (invalid_utf8) io.stderr("warning: stdin is not valid UTF-8; what could not be read is replaced by U+FFFD\n");
  if (bytes === 0) return undefined;
  io.stderr(`read ${bytes} bytes of context from stdin\n`);
  return text;
}
