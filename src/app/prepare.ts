// From what a user gave to a Plan: configuration, task file and flags, with all problems of all of them at once.
import { basename } from "node:path";
import { backendsOf } from "../backends/index.js";
import { type LoadedConfig, loadConfig } from "../config/load.js";
import type { Diagnostic } from "../document/diagnostics.js";
import type { OfflineScript } from "../offline/script.js";
import { makePlan, parseWorkers } from "../plan/make-plan.js";
import type { Plan, PlanFlags } from "../plan/plan.js";
import { prepareOutputDir } from "../reporters/output-dir.js";
import { backendNames } from "../schema/config.js";
import type { RunKind } from "../schema/event.js";
import type { TaskSession } from "../schema/task.js";
import { inSteps, readChainFile } from "../task-file/chain-file.js";
import { type LoadedTaskFile, readTaskFile, type TaskSource } from "../task-file/task-file.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { checkConfigValues, checkTaskValues } from "./check-values.js";

export interface PrepareRequest {
  source: TaskSource;
  /** `parallel` if not given. */
  kind?: RunKind;
  /** What the one task of a prompt begins or goes on with. */
  session?: TaskSession;
  /** The W3C trace context of an HTTP request. */
  traceparent?: string;
  flags: Omit<PlanFlags, "max_parallel"> & { max_parallel?: string | number };
  /** The value of `--config`. */
  config_flag?: string;
  /** The configuration, if it was loaded already. */
  config?: LoadedConfig;
  /** Path of the offline model's script; a script as a value is checked in the same way. */
  offline_script?: string | object;
  context?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  cwd: string;
  /** What its author may not ask for. Given = the tasks are a stranger's; see `Task.untrusted`. */
  policy?: Policy;
}

/** Judges a task file: what is wrong with it, and the file as it may be run, whatever is wrong with it. */
export type Policy = (file: LoadedTaskFile) => { file: LoadedTaskFile; problems: Diagnostic[] };

export interface Prepared {
  plan: Plan;
  config: LoadedConfig;
}

/** Reads and resolves everything; nothing is started, and nothing is written but the output directory itself. */
export async function prepare(request: PrepareRequest): Promise<Result<Prepared, Diagnostic[]>> {
  const { env, cwd, config_flag, policy } = request;
  const problems: Diagnostic[] = [];
  const { max_parallel: asked, ...flags } = request.flags;
  const workers = asked === undefined ? ok(undefined) : parseWorkers(asked);
  if (!workers.ok) problems.push(workers.error);
  const config = request.config
    ? ok(request.config)
    : await loadConfig({ env, cwd, ...omitUndefined({ config_flag }) });
  problems.push(...(config.ok ? checkConfigValues(config.value) : config.error));
  const source: TaskSource = policy ? { ...request.source, foreign: true } : request.source;
  const isChain = request.kind === "chain";
  const read = isChain ? readChainFile : readTaskFile;
  const fail = () => err(isChain ? problems.map(inSteps) : problems);
  // With a broken configuration nobody knows what it adds; its own problems are told first.
  const file = await read(source, cwd, backendNames(config.ok ? config.value.config : {}));
  problems.push(...(file.ok ? await checkTaskValues(file.value) : file.error));
  const script = await readScript(request);
  if (!script.ok) problems.push(...script.error);
  if (!file.ok) return fail();

  const judged = policy?.(file.value) ?? { file: file.value, problems: [] };
  problems.push(...judged.problems);

  const plan = makePlan({
    file: judged.file.file,
    source: file.value.source_name,
    ...omitUndefined({ file_name: nameOfFile(request.source) }),
    position: file.value.position,
    // With a broken configuration there is no run; its other problems can be found all the same.
    config: config.ok ? config.value : { config: {}, path: undefined, clinvk_home: "", origin: () => "default" },
    flags: { ...flags, ...(workers.ok && workers.value !== undefined ? { max_parallel: workers.value } : {}) },
    ...omitUndefined({
      kind: request.kind,
      session: request.session,
      context: request.context,
      traceparent: request.traceparent,
    }),
    ...(script.ok && script.value !== undefined ? { offline_script: script.value } : {}),
    cwd,
    untrusted: policy !== undefined,
    backends: backendsOf(config.ok ? config.value.config : {}),
  });
  if (!plan.ok) problems.push(...plan.error);
  if (!plan.ok || !config.ok || !script.ok || problems.length > 0) return fail();
  if (plan.value.output_dir !== undefined) {
    const writable = prepareOutputDir(plan.value.output_dir);
    if (!writable.ok) return err([{ source: "output_dir", message: writable.error }]);
  }
  return ok({ plan: plan.value, config: config.value });
}

/** What the user calls the file; what a shell or the system made up is no name. */
function nameOfFile(source: TaskSource): string | undefined {
  if (!("path" in source) || /^\/(dev|proc)\//.test(source.path)) return undefined;
  return basename(source.path);
}

async function readScript(request: PrepareRequest): Promise<Result<OfflineScript | undefined, Diagnostic[]>> {
  if (request.offline_script === undefined) return ok(undefined);
  const { readOfflineScript } = await import("../offline/script-file.js");
  return readOfflineScript(request.offline_script, request.cwd);
}
