// Reads configuration, task file and flags, and makes a Plan of them. Reports all problems of all three at once.
import { basename, resolve } from "node:path";
import { backendsOf } from "../backends/index.js";
import { emptyConfig, type LoadedConfig, loadConfig } from "../config/load.js";
import { type Diagnostic, inOrder } from "../document/diagnostics.js";
import type { OnWait } from "../document/slow-source.js";
import type { OfflineScript } from "../offline/script.js";
import { makePlan, parseWorkers } from "../plan/make-plan.js";
import type { Plan, PlanFlags } from "../plan/plan.js";
import { backendNames } from "../schema/config.js";
import type { RunKind } from "../schema/event.js";
import type { TaskSession } from "../schema/task.js";
import { readChainFile } from "../task-file/chain-file.js";
import { type InputFile, type LoadedTaskFile, readTaskFile, type TaskSource } from "../task-file/task-file.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { checkConfigValues, checkTaskValues } from "./check-values.js";

export interface PrepareRequest {
  source: TaskSource;
  /** `parallel` if not given. */
  kind?: RunKind;
  /** The session that the one task of a prompt begins or continues. */
  session?: TaskSession;
  /** The W3C trace context of an HTTP request. */
  traceparent?: string;
  flags: Omit<PlanFlags, "max_parallel"> & { max_parallel?: string | number };
  /** The value of `--config`. */
  config_flag?: string;
  /** Takes what is waited for if the configuration comes slowly. */
  onWait?: OnWait;
  /** The configuration, if it was loaded already. */
  config?: LoadedConfig;
  /** Path of the offline model's script; a script as a value is checked in the same way. */
  offline_script?: string | object;
  context?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  cwd: string;
  /** Limits what the tasks' author may ask for. If given, the tasks come from outside; see `Task.untrusted`. */
  policy?: Policy;
}

/** Checks a task file: returns its problems, and in any case a form of it that may run. */
export type Policy = (file: LoadedTaskFile) => { file: LoadedTaskFile; problems: Diagnostic[] };

export interface Prepared {
  plan: Plan;
  config: LoadedConfig;
  /** The files that were read. */
  inputs: readonly InputFile[];
  /** A problem of the output directory, in the words of whoever named it. */
  atOutputDir(message: string): Diagnostic;
}

/** If the file itself has more problems than this, the problems of its plan are not looked for. */
const ENOUGH = 100;

/** Reads and resolves everything. Starts nothing and writes nothing. */
export async function prepare(request: PrepareRequest): Promise<Result<Prepared, Diagnostic[]>> {
  const { env, cwd, config_flag, onWait, policy, kind } = request;
  const problems: Diagnostic[] = [];
  const add = (more: readonly Diagnostic[]) => {
    for (const one of more) problems.push(one);
  };
  const { max_parallel: asked, ...flags } = request.flags;
  const workers = asked === undefined ? ok(undefined) : parseWorkers(asked);
  if (!workers.ok) add([workers.error]);
  const loading = request.config
    ? ok(request.config)
    : await loadConfig({ env, cwd, ...omitUndefined({ config_flag, onWait }) });
  add(loading.ok ? checkConfigValues(loading.value) : loading.error);
  // A broken configuration prevents the run, but most other problems can still be found.
  const config = loading.ok ? loading.value : emptyConfig(cwd);
  const source: TaskSource = policy ? { ...request.source, foreign: true } : request.source;
  const read = await (kind === "chain" ? readChainFile : readTaskFile)(source, cwd, backendNames(config.config));
  add(read.problems);
  const script = await readScript(request);
  if (!script.ok) add(script.error);
  if (read.loaded === undefined || read.problems.length > ENOUGH) return err(inOrder(problems));

  add(await checkTaskValues(read.loaded));
  const judged = policy?.(read.loaded) ?? { file: read.loaded, problems: [] };
  add(judged.problems);
  const { file, reportTo } = judged.file;
  const plan = makePlan({
    file,
    reportTo,
    config,
    flags: { ...flags, ...omitUndefined({ max_parallel: workers.ok ? workers.value : undefined }) },
    ...omitUndefined({
      kind,
      file_name: nameOfFile(request.source),
      session: request.session,
      context: request.context,
      traceparent: request.traceparent,
      offline_script: script.ok ? script.value : undefined,
    }),
    cwd,
    untrusted: policy !== undefined,
    backends: backendsOf(config.config),
  });
  if (!plan.ok) add(plan.error);
  if (!plan.ok || problems.length > 0) return err(inOrder(problems));
  const { offline_script } = request;
  const inputs = [
    ...read.loaded.inputs,
    ...(config.path === undefined ? [] : [{ what: "configuration", path: config.path }]),
    ...(typeof offline_script === "string" ? [{ what: "script", path: resolve(cwd, offline_script) }] : []),
  ];
  const atOutputDir = (message: string): Diagnostic => {
    if (flags.output_dir !== undefined) return { source: "--output-dir", message };
    const [found = { source: "output_dir", message }] = collected((all) => reportTo(all)("output_dir", message));
    return found;
  };
  return ok({ plan: plan.value, config, inputs, atOutputDir });
}

function collected(tell: (all: Diagnostic[]) => void): Diagnostic[] {
  const all: Diagnostic[] = [];
  tell(all);
  return all;
}

/** The file's name as the user gave it; `undefined` for a path that a shell or the system made up. */
function nameOfFile(source: TaskSource): string | undefined {
  if (!("path" in source) || /^\/(dev|proc)\//.test(source.path)) return undefined;
  return basename(source.path);
}

async function readScript(request: PrepareRequest): Promise<Result<OfflineScript | undefined, Diagnostic[]>> {
  if (request.offline_script === undefined) return ok(undefined);
  const { readOfflineScript } = await import("../offline/script-file.js");
  return readOfflineScript(request.offline_script, request.cwd, request.onWait);
}
