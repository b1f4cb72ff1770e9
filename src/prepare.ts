// From what a user gave to a Plan: configuration, task file and flags, with all problems of all of them at once.
import { backends } from "./backends/index.js";
import { checkConfigValues, checkTaskValues } from "./check-values.js";
import { type LoadedConfig, loadConfig } from "./config.js";
import type { OfflineScript } from "./offline/script.js";
import { makePlan, type Plan, type PlanFlags, parseWorkers } from "./plan.js";
import { prepareOutputDir } from "./reporters/output-dir.js";
import { readTaskFile, type TaskSource } from "./task-file.js";
import type { Diagnostic } from "./util/diagnostics.js";
import { given } from "./util/given.js";
import { err, ok, type Result } from "./util/result.js";

export interface PrepareRequest {
  source: TaskSource;
  /** The W3C trace context of an HTTP request. */
  traceparent?: string;
  flags: Omit<PlanFlags, "max_parallel"> & { max_parallel?: string | number };
  /** The value of `--config`. */
  config_flag?: string;
  /** Path of the offline model's script; a script as a value is checked in the same way. */
  offline_script?: string | object;
  context?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  cwd: string;
}

export interface Prepared {
  plan: Plan;
  config: LoadedConfig;
}

/** Reads and resolves everything; nothing is started, and nothing is written but the output directory itself. */
export async function prepare(request: PrepareRequest): Promise<Result<Prepared, Diagnostic[]>> {
  const { env, cwd, config_flag } = request;
  const problems: Diagnostic[] = [];
  const { max_parallel: asked, ...flags } = request.flags;
  const workers = asked === undefined ? ok(undefined) : parseWorkers(asked);
  if (!workers.ok) problems.push(workers.error);
  const config = await loadConfig({ env, cwd, ...(config_flag === undefined ? {} : { config_flag }) });
  problems.push(...(config.ok ? checkConfigValues(config.value) : config.error));
  const file = await readTaskFile(request.source, cwd);
  problems.push(...(file.ok ? await checkTaskValues(file.value) : file.error));
  const script = await readScript(request);
  if (!script.ok) problems.push(...script.error);
  if (!file.ok) return err(problems);

  const plan = makePlan({
    file: file.value.file,
    source: file.value.source_name,
    position: file.value.position,
    // With a broken configuration there is no run; its other problems can be found all the same.
    config: config.ok ? config.value : { config: {}, path: undefined, clinvk_home: "", origin: () => "default" },
    flags: { ...flags, ...(workers.ok && workers.value !== undefined ? { max_parallel: workers.value } : {}) },
    ...given({ context: request.context, traceparent: request.traceparent }),
    ...(script.ok && script.value !== undefined ? { offline_script: script.value } : {}),
    cwd,
    backends,
  });
  if (!plan.ok) problems.push(...plan.error);
  if (!plan.ok || !config.ok || !script.ok || problems.length > 0) return err(problems);
  if (plan.value.output_dir !== undefined) {
    const writable = prepareOutputDir(plan.value.output_dir);
    if (!writable.ok) return err([{ source: "output_dir", message: writable.error }]);
  }
  return ok({ plan: plan.value, config: config.value });
}

async function readScript(request: PrepareRequest): Promise<Result<OfflineScript | undefined, Diagnostic[]>> {
  if (request.offline_script === undefined) return ok(undefined);
  const { readOfflineScript } = await import("./offline/script-file.js");
  return readOfflineScript(request.offline_script, request.cwd);
}
