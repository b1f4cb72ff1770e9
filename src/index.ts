// The library: what the command line does, for programs.
import { type CompareRequest, prepareCompare } from "./app/compare.js";
import { type PrepareRequest, prepare } from "./app/prepare.js";
import { type CommonOptions, commonRequest, type LibraryRun, startRun } from "./library/library-run.js";
import type { ChainFile } from "./schema/chain.js";
import type { ChainResult, CompareResult, RunResult } from "./schema/result.js";
import type { TaskFile } from "./schema/task-file.js";
import type { TaskInput } from "./schema/task-input.js";
import { chainResult, compareResult, runResult } from "./summary/documents.js";
import { omitUndefined } from "./util/omit-undefined.js";

export type { Diagnostic } from "./document/diagnostics.js";
export { type CommonOptions, InvalidInputError, type LibraryRun } from "./library/library-run.js";
export type { Reporter } from "./reporters/reporter.js";
export * from "./schema/index.js";
export { jsonSchema, SCHEMA_NAMES, type SchemaName } from "./schema/json-schema/json-schema.js";

export interface ParallelOptions
  extends CommonOptions,
    Pick<PrepareRequest["flags"], "max_parallel" | "fail_fast" | "only" | "tags"> {}

/**
 * A run under way: await it for the document of `--json`, or iterate over its events as they happen. It rejects with
 * `InvalidInputError` if the input is invalid, never because a task failed. Iterate before the next tick and you see every
 * event.
 */
export type ParallelRun = LibraryRun<RunResult>;

/**
 * Runs tasks at once: a task file as an object, a list of tasks, or the path of a task file.
 *
 * @example
 * const result = await parallel([{ backend: "claude", prompt: "Review this" }], { offline: true });
 */
export function parallel(tasks: TaskFile | readonly TaskInput[] | string, options: ParallelOptions = {}): ParallelRun {
  const { max_parallel, fail_fast, only, tags } = options;
  const common = commonRequest(options);
  const flags = { ...common.flags, ...omitUndefined({ max_parallel, fail_fast, only, tags }) };
  const source = typeof tasks === "string" ? { path: tasks } : { name: "parallel()", value: tasks };
  return startRun(prepare({ ...common, flags, source }), options, runResult);
}

/** As `ParallelRun`, of a chain. */
export type ChainRun = LibraryRun<ChainResult>;

/**
 * Runs steps one after another, each with the answers of those before it: a chain file as an object, or its path.
 * `context` takes the place of `{{stdin}}`.
 *
 * @example
 * const { results } = await chain({ steps: [
 *   { backend: "claude", prompt: "Analyze this" },
 *   { backend: "codex", prompt: "Fix these issues: {{previous}}" },
 * ] });
 */
export function chain(file: ChainFile | string, options: CommonOptions = {}): ChainRun {
  const source = typeof file === "string" ? { path: file } : { name: "chain()", value: file };
  return startRun(prepare({ ...commonRequest(options), kind: "chain", source }), options, chainResult);
}

export interface CompareOptions extends CommonOptions, Pick<CompareRequest, "backends" | "sequential"> {}

/** As `ParallelRun`, of a comparison. */
export type CompareRun = LibraryRun<CompareResult>;

/**
 * Asks several backends the same, all at once unless `sequential`. A backend that is named and not installed is invalid
 * input; `backends: "all"` leaves it out.
 *
 * @example
 * const { results } = await compare("Which cache would you use?", { backends: ["claude", "gemini"] });
 */
export function compare(prompt: string, options: CompareOptions): CompareRun {
  const { backends, sequential = false } = options;
  return startRun(prepareCompare({ ...commonRequest(options), prompt, backends, sequential }), options, compareResult);
}
