// What the routes work with; made once, when the server starts.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { executeRun } from "../app/execute.js";
import type { LoadedConfig } from "../config/load.js";
import type { OfflineScript } from "../offline/script.js";
import { configuredRedactor } from "../redact/configured.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { type BackendStates, backendStates } from "./backend-states.js";
import type { Log } from "./http/log.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { serverPolicy } from "./policy/policy.js";
import { admitRecorded, type CallersRequest } from "./policy/recorded-plan.js";
import { RunManager } from "./runs/run-manager.js";
import type { RunViews } from "./runs/run-views.js";
import type { ServerSettings } from "./settings.js";

const HEARTBEAT_MILLISECONDS = 15_000;

export interface ServicesOptions {
  /** Version of clinvk. */
  version: string;
  config: LoadedConfig;
  settings: ServerSettings;
  log: Log;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; where tasks work that name no directory. */
  cwd: string;
  /** Every run is answered by the offline model. */
  offline: boolean;
  /** What the offline model says; read once, when the server starts. */
  offline_script?: OfflineScript;
  /** How a run is carried out; tests have their own way. */
  execute?: typeof executeRun;
  heartbeat_ms?: number;
}

export interface Services {
  version: string;
  config: LoadedConfig;
  settings: ServerSettings;
  manager: RunManager;
  views: RunViews;
  backends: BackendStates;
  metrics: Metrics;
  log: Log;
  offline: boolean;
  /** Time between two heartbeats of an event stream on which nothing happens. */
  heartbeat_ms: number;
  /** Where the dashboard's files are; `undefined` = it was not built. */
  web_dir: string | undefined;
  /** What every request for a run is prepared with, whatever it asks for. */
  request: CallersRequest;
}

export function makeServices(options: ServicesOptions): Services {
  const { version, config, settings, log, cwd, offline, offline_script } = options;
  // The keys are for callers of the server, not for the CLIs that it starts.
  const { CLINVK_API_KEYS: _, ...env } = options.env;
  const { clinvk_home } = config;
  const policy = serverPolicy({ server: config.config.server, cwd, clinvk_home });
  const request: CallersRequest = {
    flags: { offline },
    ...omitUndefined({ offline_script }),
    config,
    policy,
    env,
    cwd,
  };
  const manager: RunManager = new RunManager({
    clinvk_home,
    env,
    ...settings,
    offline,
    admit: (plan) => admitRecorded(plan, request, settings.max_tasks),
    execute: options.execute ?? executeRun,
    reporters: [{ onEvent: (event) => metrics.onEvent(event), close() {} }],
    onProblem: (run_id, message) => log.problem(message, { run_id }),
  });
  const metrics: Metrics = createMetrics({
    active_runs: () => manager.active,
    queued_runs: () => manager.queued,
    active_children: () => manager.pool.taken,
  });
  return {
    version,
    config,
    settings,
    manager,
    views: { clinvk_home, manager, secrets: configuredRedactor(config.config, env) },
    backends: backendStates({ config, env, cwd }),
    metrics,
    log,
    offline,
    heartbeat_ms: options.heartbeat_ms ?? HEARTBEAT_MILLISECONDS,
    web_dir: webDir(),
    request,
  };
}

/** Where the build puts the dashboard, seen from the command line's bundles and from the source tree. */
function webDir(): string | undefined {
  const places = ["../web", "../../dist/web"].map((path) => join(import.meta.dirname, path));
  return places.find((path) => existsSync(join(path, "index.html")));
}
