// The configuration: the file, and the environment over it; remembers where each value came from.
import { join, resolve } from "node:path";
import { Config } from "./schema/config.js";
import { BACKEND_NAMES, BackendName, ModelName } from "./schema/task.js";
import { clinvkHome } from "./util/clinvk-home.js";
import { type Diagnostic, type Locate, parsePath, toDiagnostics } from "./util/diagnostics.js";
import { readText } from "./util/read-text.js";
import { err, ok, type Result } from "./util/result.js";
import { validate, withoutFreeKeys } from "./util/validate.js";

export interface LoadedConfig {
  config: Config;
  /** Absolute path of the file that was read; undefined if there is none. */
  path: string | undefined;
  /** Absolute path. */
  clinvk_home: string;
  /** Where a value such as `parallel.max_workers` came from: `/…/config.yaml:3`, `$CLINVK_CLAUDE_MODEL` or `default`. */
  origin(keyPath: string): string;
}

export interface ConfigRequest {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; what a relative `--config` is relative to. */
  cwd: string;
  /** The value of `--config`. */
  config_flag?: string;
}

/**
 * Reads the file that `--config`, `$CLINVK_CONFIG`, `$CLINVK_HOME` or the home directory point to, in this order. A file
 * that is missing is fine unless one of the first two named it.
 */
export async function loadConfig(request: ConfigRequest): Promise<Result<LoadedConfig, Diagnostic[]>> {
  const { env, cwd } = request;
  const clinvk_home = clinvkHome(env);
  const place = findFile(request, clinvk_home);
  const problems: Diagnostic[] = [];
  const file = await readConfigFile(place, cwd);
  if (!file.ok) problems.push(...file.error);
  const overlay = fromEnvironment(env);
  problems.push(...overlay.problems);
  if (!file.ok || problems.length > 0) return err(problems);

  const { config, path, locate } = file.value;
  return ok({
    config: merge(config, overlay),
    path,
    clinvk_home,
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

interface Place {
  path: string;
  /** Who named it; undefined for the usual place. */
  named_by?: string;
}

function findFile({ env, config_flag }: ConfigRequest, clinvk_home: string): Place {
  if (config_flag !== undefined) return { path: config_flag, named_by: "--config" };
  if (env.CLINVK_CONFIG) return { path: env.CLINVK_CONFIG, named_by: "$CLINVK_CONFIG" };
  return { path: join(clinvk_home, "config.yaml") };
}

interface ConfigFile {
  config: Config;
  path: string | undefined;
  locate: Locate;
}

async function readConfigFile({ path: name, named_by }: Place, cwd: string): Promise<Result<ConfigFile, Diagnostic[]>> {
  const nothing: ConfigFile = { config: {}, path: undefined, locate: () => undefined };
  if (name === "") return err([{ source: named_by ?? "config", message: "expected the path of a file, got nothing" }]);
  const path = resolve(cwd, name);
  const text = await readText(path);
  if (!text.ok) {
    const { code, message, hint } = text.error;
    if (named_by === undefined && (code === "ENOENT" || code === "ENOTDIR")) return ok(nothing);
    const by = named_by === undefined ? "" : ` (named by ${named_by})`;
    return err([{ source: name, message: `${message}${by}`, ...(hint === undefined ? {} : { hint }) }]);
  }
  if (text.value.trim() === "") return ok({ ...nothing, path });
  const { parseDocument } = await import("./util/document.js");
  // The file is YAML whatever its name, unless the name says that it is JSON.
  const parsed = await parseDocument(text.value, /\.jsonc?$/i.test(name) ? name : "config.yaml");
  if (!parsed.ok) return err(toDiagnostics(name, parsed.error));
  const { value, problems, locate } = parsed.value;
  // A file of comments only.
  if (value === null) return ok({ ...nothing, path });
  const checked = validate(Config, withoutFreeKeys(value), {
    secret: ([first, , third]) => first === "backends" && third === "env",
    unknownKeyHint: "`clinvk schema config` lists all keys",
  });
  const all = [...problems, ...checked.problems];
  if (checked.value === undefined || all.length > 0) return err(toDiagnostics(name, all, locate));
  return ok({ config: checked.value, path, locate });
}

interface Overlay {
  default_backend?: BackendName;
  models: Map<BackendName, string>;
  /** Key path → variable. */
  origins: Map<string, string>;
  problems: Diagnostic[];
}

/** `CLINVK_BACKEND` and `CLINVK_<BACKEND>_MODEL`; an empty variable counts as unset. */
function fromEnvironment(env: ConfigRequest["env"]): Overlay {
  const overlay: Overlay = { models: new Map(), origins: new Map(), problems: [] };
  if (env.CLINVK_BACKEND) {
    const checked = validate(BackendName, env.CLINVK_BACKEND);
    overlay.problems.push(...toDiagnostics("$CLINVK_BACKEND", checked.problems));
    if (checked.value !== undefined) overlay.default_backend = checked.value;
    overlay.origins.set("default_backend", "$CLINVK_BACKEND");
  }
  for (const name of BACKEND_NAMES) {
    const variable = `CLINVK_${name.toUpperCase()}_MODEL`;
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
  return { ...config, ...(default_backend === undefined ? {} : { default_backend }), backends };
}

function has(value: unknown, steps: readonly (string | number)[]): boolean {
  let here = value;
  for (const step of steps) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return false;
    here = (here as Record<string | number, unknown>)[step];
  }
  return true;
}
