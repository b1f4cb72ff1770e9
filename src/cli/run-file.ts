// `clinvk parallel` and `clinvk chain`: from the command line to a run of the tasks or steps in a file.
import type { Command, OptionValues } from "@commander-js/extra-typings";
import { type Prepared, prepare } from "../app/prepare.js";
import type { Diagnostic } from "../document/diagnostics.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { Result } from "../util/result.js";
import { parseRunFlags, requestOf } from "./flags/read-run-flags.js";
import type { RunFlags } from "./flags/run-flags.js";
import { contextBeside, taskSource } from "./flags/task-source.js";
import type { Io } from "./io.js";
import { refuse } from "./refuse.js";
import { type RunRequest, runAndReport } from "./run-and-report.js";

const WANTED = {
  parallel: { what: "task file", example: "clinvk parallel tasks.jsonc" },
  chain: { what: "chain file", example: "clinvk chain chain.json" },
};

/** Reads the file, runs it and returns the exit code. */
export async function runFile<Args extends unknown[], Opts extends RunFlags, Global extends OptionValues>(
  kind: "parallel" | "chain",
  command: Command<Args, Opts, Global>,
  argv: string[],
  io: Io,
): Promise<number> {
  const typed = parseRunFlags(command, argv, io);
  if (typeof typed === "number") return typed;
  const [argument] = command.args;
  if (argument !== undefined && typed.file !== undefined)
    return refuse(io, [{ source: "--file", message: `the file is named twice: "${argument}" and "${typed.file}"` }]);
  const flags = { ...typed, ...omitUndefined({ file: argument ?? typed.file }) };
  const source = await taskSource(flags, WANTED[kind], io);
  if (!source.ok) {
    const code = refuse(io, source.error);
    io.stderr(`\`clinvk ${kind} --help\` shows the flags\n`);
    return code;
  }
  const piped = await contextBeside(flags, io);
  if (!piped.ok) return refuse(io, piped.error);
  const { context, warned } = piped.value;
  const request = { kind, source: source.value, ...omitUndefined({ context }), ...requestOf(flags, io) };
  return runPrepared(await prepare(request), flags, io, warned);
}

/** Runs what was prepared, or says why it can't be run. */
export async function runPrepared(
  prepared: Result<Prepared, Diagnostic[]>,
  flags: RunFlags,
  io: Io,
  warned?: RunRequest["warned"],
): Promise<number> {
  if (!prepared.ok) return refuse(io, prepared.error);
  const { config } = prepared.value;
  const journal = flags.journal !== false && config.config.runs?.journal !== false;
  return runAndReport({ ...prepared.value, ...omitUndefined({ warned }), flags, journal }, io);
}
