// Loads the configuration: the file first, then the environment, which wins. Remembers where each value came from.

import { type Diagnostic, parsePath, toDiagnostics } from "../document/diagnostics.js";
import { noneOf, validate } from "../document/validate.js";
import type { BackendName } from "../schema/backend-name.js";
import { backendNames, type Config } from "../schema/config.js";
import { ModelName } from "../schema/task-input.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { type ConfigRequest, findConfigFile, readConfigFile } from "./file.js";
import { clinvkHome } from "./home.js";

export type { ConfigRequest } from "./file.js";

export interface LoadedConfig {
  config: Config;
  /** Absolute path of the file that was read; undefined if there is none. */
  path: string | undefined;
  /** Absolute path. */
  clinvk_home: string;
  /** Where a value such as `parallel.max_workers` came from: `/…/config.yaml:3`, `$CLINVK_CLAUDE_MODEL` or `default`. */
  origin(keyPath: string): string;
}

/** A configuration without any value; `clinvk_home` is an absolute path. */
export function emptyConfig(clinvk_home: string): LoadedConfig {
  return { config: {}, path: undefined, clinvk_home, origin: () => "default" };
}

/**
 * Reads the file that `--config`, `$CLINVK_CONFIG`, `$CLINVK_HOME` or the home directory point to, in this order. A
 * missing file is fine unless one of the first two names it.
 */
export async function loadConfig(request: ConfigRequest): Promise<Result<LoadedConfig, Diagnostic[]>> {
  const { env } = request;
  const problems: Diagnostic[] = [];
  const place = findConfigFile(request);
  const file = place.ok ? await readConfigFile(place.value, request.onWait) : place;
  if (!file.ok) problems.push(...file.error);
  const overlay = fromEnvironment(env, backendNames(file.ok ? file.value.config : {}));
  problems.push(...overlay.problems);
  if (!file.ok || problems.length > 0) return err(problems);

  const { config, path, locate } = file.value;
  return ok({
    config: merge(config, overlay),
    path,
    clinvk_home: clinvkHome(env),
    origin(keyPath) {
      const variable = overlay.origins.get(keyPath);
      if (variable !== undefined) return variable;
      const steps = parsePath(keyPath);
      if (path === undefined || !has(config, steps)) return "default";
      const position = locate(steps, "key");
      return position === undefined ? path : `${path}:${position.line}`;
    },
  });
}

interface Overlay {
  default_backend?: BackendName;
  models: Map<BackendName, string>;
  /** Key path → variable. */
  origins: Map<string, string>;
  problems: Diagnostic[];
}

/** `CLINVK_BACKEND` and `CLINVK_<BACKEND>_MODEL`; an empty variable counts as unset. `names` are those of all backends. */
function fromEnvironment(env: ConfigRequest["env"], names: readonly BackendName[]): Overlay {
  const overlay: Overlay = { models: new Map(), origins: new Map(), problems: [] };
  if (env.CLINVK_BACKEND) {
    if (!names.includes(env.CLINVK_BACKEND))
      overlay.problems.push({ source: "$CLINVK_BACKEND", ...noneOf(names, env.CLINVK_BACKEND) });
    overlay.default_backend = env.CLINVK_BACKEND;
    overlay.origins.set("default_backend", "$CLINVK_BACKEND");
  }
  for (const name of names) {
    const variable = `CLINVK_${name.toUpperCase().replaceAll("-", "_")}_MODEL`;
    const model = env[variable];
    if (!model) continue;
    const checked = validate(ModelName, model);
    overlay.problems.push(...toDiagnostics(`$${variable}`, checked.problems));
    overlay.models.set(name, model);
    overlay.origins.set(`backends.${name}.model`, `$${variable}`);
  }
  return overlay;
}

function merge(config: Config, { default_backend, models }: Overlay): Config {
  if (default_backend === undefined && models.size === 0) return config;
  const backends = { ...config.backends };
  for (const [name, model] of models) backends[name] = { ...backends[name], model };
  return { ...config, ...omitUndefined({ default_backend }), backends };
}

function has(value: unknown, steps: readonly (string | number)[]): boolean {
  let here = value;
  for (const step of steps) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return false;
    here = (here as Record<string | number, unknown>)[step];
  }
  return true;
}
