// The effective configuration as a list: every value that is set, and the default of every key that is not.
import type { LoadedConfig } from "../config/load.js";
import { formatPath, type KeyPath } from "../document/diagnostics.js";
import { configuredRedactor } from "../redact/configured.js";
import { backendNames } from "../schema/config.js";
import { type Json, jsonSchema } from "../schema/json-schema/json-schema.js";
import { isObject } from "../util/json.js";

export interface ConfigValue {
  path: KeyPath;
  value: unknown;
  /** `/…/config.yaml:3`, `$CLINVK_BACKEND` or `default`. */
  origin: string;
}

/** All values, in the order of the schema. Keys that are not set and have no default are not in it. */
export function configValues(loaded: LoadedConfig): ConfigValue[] {
  const found: ConfigValue[] = [];
  const visit = (schema: Json, value: unknown, path: KeyPath) => {
    const properties = propertiesOf(schema, path, loaded);
    if (properties !== undefined && (value === undefined || isObject(value))) {
      for (const [name, inner] of properties) visit(inner, value?.[name], [...path, name]);
    } else if (isObject(value) && Object.keys(value).length > 0) {
      // Free names, such as those of environment variables.
      for (const [name, inner] of Object.entries(value)) visit({}, inner, [...path, name]);
    } else if (value !== undefined) {
      found.push({ path, value, origin: loaded.origin(formatPath(path)) });
      // `unified_flags` is the default of each backend.
    } else if (schema.default !== undefined && path[0] !== "backends") {
      found.push({ path, value: schema.default, origin: "default" });
    }
  };
  visit(jsonSchema("config") as Json, loaded.config, []);
  return found;
}

function propertiesOf(schema: Json, path: KeyPath, { config }: LoadedConfig): [string, Json][] | undefined {
  if (!isObject(schema.properties)) return undefined;
  const own = Object.entries(schema.properties as Record<string, Json>).filter(([name]) => name !== "$schema");
  if (path.length !== 1 || path[0] !== "backends") return own;
  const [custom = {}] = Object.values(schema.patternProperties as Record<string, Json>);
  const added = backendNames(config).filter((name) => !own.some(([known]) => known === name));
  return [...own, ...added.map((name): [string, Json] => [name, custom])];
}

/** The same values with secrets masked: every value of `env`, and the others as in reports. */
export function masked(
  values: readonly ConfigValue[],
  { config }: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
): ConfigValue[] {
  const secrets = configuredRedactor(config, env);
  const mask = (value: unknown): unknown => {
    if (typeof value === "string") return secrets.redact(value);
    return Array.isArray(value) ? value.map(mask) : value;
  };
  return values.map((one) => {
    const isEnv = one.path[0] === "backends" && one.path[2] === "env" && typeof one.value === "string";
    return { ...one, value: isEnv ? "***" : mask(one.value) };
  });
}

/** All values as one nested object. */
export function asObject(values: readonly ConfigValue[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, value } of values) {
    let here = root;
    for (const step of path.slice(0, -1)) {
      const inner = Object.hasOwn(here, step) ? here[step] : undefined;
      const next = isObject(inner) ? inner : {};
      here[step] = next;
      here = next;
    }
    here[String(path.at(-1))] = value;
  }
  return root;
}

/** As YAML; with `origins` a comment behind each value says where it came from. */
export async function asYaml(values: readonly ConfigValue[], origins: boolean): Promise<string> {
  const { stringify } = await import("yaml");
  const scalar = (value: unknown) => stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
  const rows: [text: string, origin: string][] = [];
  let before: KeyPath = [];
  for (const { path, value, origin } of values) {
    const same = path.findIndex((step, depth) => before[depth] !== step);
    for (const [depth, step] of path.entries()) {
      if (depth < same) continue;
      const key = `${"  ".repeat(depth)}${scalar(String(step))}:`;
      // An object or a list fits on one line as JSON, which is YAML too.
      const text = typeof value === "object" && value !== null ? JSON.stringify(value) : scalar(value);
      rows.push(depth === path.length - 1 ? [`${key} ${text}`, origin] : [key, ""]);
    }
    before = path;
  }
  const width = Math.min(72, Math.max(...rows.map(([text, origin]) => (origin === "" ? 0 : text.length))));
  const lines = rows.map(([text, origin]) => (origins && origin !== "" ? `${text.padEnd(width)}  # ${origin}` : text));
  return `${lines.join("\n")}\n`;
}
