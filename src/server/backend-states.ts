// Tells which AI CLIs callers can use. It checks at most once a minute, because each check starts them.
import { backendsOf } from "../backends/index.js";
import type { LoadedConfig } from "../config/load.js";
import { probeAll } from "../executors/probe.js";
import type { BackendState } from "../schema/api.js";

const FRESH_MILLISECONDS = 60_000;

export type BackendStates = () => Promise<BackendState[]>;

export interface BackendStatesRequest {
  config: LoadedConfig;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** The states of all backends; callers that wait at the same time share one check. */
export function backendStates({ config, env, cwd }: BackendStatesRequest): BackendStates {
  let found: Promise<BackendState[]> | undefined;
  let at = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<BackendState[]> => {
    const backends = [...backendsOf(config.config).values()];
    const place = { env, clinvk_home: config.clinvk_home, cwd, config: config.config, untrusted: true };
    const reports = await probeAll(backends, place);
    return reports.map((report) => ({
      name: report.backend,
      title: report.title,
      available: report.usable,
      installed: report.installed,
      version: report.version,
      tested_version: report.tested_version ?? null,
      logged_in: report.logged_in,
      problem: report.problem,
    }));
  };
  return () => {
    if (found === undefined || performance.now() - at > FRESH_MILLISECONDS) {
      at = performance.now();
      found = look();
      found.catch(() => {
        found = undefined;
      });
    }
    return found;
  };
}
