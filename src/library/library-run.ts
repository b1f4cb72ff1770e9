// Starts a run for the library. The caller may await it, or follow it event by event.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { executeRun } from "../app/execute.js";
import type { Prepared, PrepareRequest } from "../app/prepare.js";
import { type Diagnostic, formatDiagnostics } from "../document/diagnostics.js";
import { outputDirReporter, prepareOutputDir } from "../reporters/output-dir.js";
import type { Reporter } from "../reporters/reporter.js";
import type { RunEvent } from "../schema/event.js";
import type { ChainResult, CompareResult, RunResult } from "../schema/result.js";
import type { RunState } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { Result } from "../util/result.js";
import { EventStream } from "./event-stream.js";

/** Options that every run of the library accepts. */
export interface CommonOptions extends Pick<PrepareRequest["flags"], "output_dir" | "dry_run" | "on_quota"> {
  /** Ends the run: nothing more starts, running tasks are stopped, and the result says what was done. */
  signal?: AbortSignal;
  /** Text that every task gets after its prompt, as a block `<stdin>`. */
  context?: string;
  /** Path of a configuration file. Default: the file that the command line would use. */
  config?: string;
  /** Answers come from the built-in offline model. */
  offline?: boolean;
  /** The offline model's script: its path, or the script itself. Implies `offline`. */
  offline_script?: string | object;
  /** `false`: the run is not recorded and can't be resumed. */
  journal?: boolean;
  /** The environment that the CLIs inherit; `process.env` if not given. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What relative paths are relative to; the current directory if not given. */
  cwd?: string;
  /** Further consumers of the events. */
  reporters?: readonly Reporter[];
  /** Takes a sentence for a person when something beside the run fails (such as writing an answer's file). */
  onProblem?(message: string): void;
}

/** The input is invalid and nothing was run. `diagnostics` has every problem, `message` all of them as text. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(formatDiagnostics(diagnostics));
    this.diagnostics = diagnostics;
  }
}

/** A run under way: await it for its document, or iterate over its events as they happen. */
export type LibraryRun<T> = Promise<T> & AsyncIterable<RunEvent>;

/** Turns the common options into their part of a request. */
export function commonRequest(options: CommonOptions) {
  const { output_dir, dry_run, on_quota, env = process.env } = options;
  return {
    flags: {
      ...omitUndefined({ output_dir, dry_run, on_quota }),
      offline: options.offline === true || options.offline_script !== undefined,
    },
    ...omitUndefined({ config_flag: options.config, offline_script: options.offline_script, context: options.context }),
    env,
    cwd: resolve(options.cwd ?? "."),
  };
}

/** Runs what `prepared` resolves to. `documentOf` makes the document of a run that has ended. */
export function startRun<T extends RunResult | ChainResult | CompareResult>(
  prepared: Promise<Result<Prepared, Diagnostic[]>>,
  options: CommonOptions,
  documentOf: (state: RunState) => T | undefined,
): LibraryRun<T> {
  const events = new EventStream();
  const end = new AbortController();
  const result = toEnd(prepared, options, documentOf, events, end.signal).finally(() => {
    end.abort();
    events.end();
  });
  // If only the iterator is used, an unhandled rejection must not crash the process.
  result.catch(() => {});
  return Object.assign(result, { [Symbol.asyncIterator]: () => events.iterate() });
}

async function toEnd<T extends RunResult | ChainResult | CompareResult>(
  preparing: Promise<Result<Prepared, Diagnostic[]>>,
  options: CommonOptions,
  documentOf: (state: RunState) => T | undefined,
  events: EventStream,
  end: AbortSignal,
): Promise<T> {
  const prepared = await preparing;
  if (!prepared.ok) throw new InvalidInputError(prepared.error);
  const { plan, config } = prepared.value;
  const onProblem = options.onProblem ?? (() => {});
  const answers = new Map<string, string>();
  const reporters: Reporter[] = [...(options.reporters ?? []), events, largeAnswers(answers)];
  if (plan.output_dir !== undefined) {
    const made = prepareOutputDir(plan.output_dir);
    if (!made.ok) throw new InvalidInputError([{ source: "output_dir", message: made.error }]);
    reporters.push(outputDirReporter({ dir: plan.output_dir, onSinkError: onProblem }));
  }
  const state = await executeRun({
    plan,
    config,
    env: options.env ?? process.env,
    journal: options.journal ?? config.config.runs?.journal ?? true,
    reporters,
    ...omitUndefined({ signal: options.signal && interruption(options.signal, end) }),
    onProblem,
    onWarning: onProblem,
  });
  const document = documentOf(withAnswers(state, answers));
  if (!document) throw new Error("the run has ended without its last event");
  return document;
}

/** Puts every answer into the state as a string. */
function withAnswers(state: RunState, answers: ReadonlyMap<string, string>): RunState {
  const results = [...state.results].map(([id, record]) => {
    const { content_file: _, ...rest } = record;
    return [id, { ...rest, content: answers.get(id) ?? record.content }] as const;
  });
  return { ...state, results: new Map(results) };
}

/** Aborts with `abort`, whatever reason the program gives. Stops listening at `end`, because a program may use one signal for many runs. */
function interruption(signal: AbortSignal, end: AbortSignal): AbortSignal {
  const own = new AbortController();
  if (signal.aborted) own.abort("abort");
  else signal.addEventListener("abort", () => own.abort("abort"), { once: true, signal: end });
  return own.signal;
}

/** Reads large answers before their files are removed, because a program gets every answer as a string. */
function largeAnswers(answers: Map<string, string>): Reporter {
  return {
    onEvent(event) {
      if (event.type !== "task_finished" || !event.result.content_file) return;
      answers.set(event.task_id, readFileSync(event.result.content_file.path, "utf8"));
    },
    close() {},
  };
}
