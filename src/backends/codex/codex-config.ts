// Reads what clinvk must know of codex's configuration: the user's file, the file of a profile, and `-c` among a task's flags.
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { isObject, type Json, objectAt, textAt } from "../../util/json.js";

type Contents = Readonly<Record<string, string>>;
type Env = Readonly<Record<string, string | undefined>>;

/** codex's files of settings, the strongest last: the user's, and with `--profile NAME` a second one (0.169.0). */
export function configFiles(env: Env, extra: readonly string[]): string[] {
  const home = env.CODEX_HOME || (env.HOME ? join(env.HOME, ".codex") : undefined);
  if (home === undefined) return [];
  const main = join(home, "config.toml");
  const profile = valuesOf(extra, "-p", "--profile").at(-1);
  return profile === undefined ? [main] : [main, join(dirname(main), `${profile}.config.toml`)];
}

/** The settings that codex will have, without those of projects: files, then `-c`. A file that is no TOML counts as empty: codex says so. */
export function readConfig(files: readonly string[], contents: Contents, extra: readonly string[]): Json {
  const layers = extra.includes("--ignore-user-config") ? [] : files.map((path) => fileOf(path, contents));
  const flags = valuesOf(extra, "-c", "--config").map(overrideOf);
  return [...layers, ...flags].reduce(merged, {});
}

/** The provider that a task's requests go to, if it is one of the configuration; codex's own providers take no settings. */
export function providerOf(config: Json, extra: readonly string[]): { name: string; settings: Json } | undefined {
  const name = extra.includes("--oss") ? undefined : textAt(config, "model_provider");
  const settings = name === undefined ? undefined : objectAt(objectAt(config, "model_providers"), name);
  return name === undefined || settings === undefined ? undefined : { name, settings };
}

/** A TOML basic string. Its escapes are JSON's, except that TOML wants DEL escaped as well. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** A key in an inline table; a dotted path of `-c` knows no quotes (measured with 0.169.0). */
export function tomlKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : tomlString(name);
}

/** All values of a flag, however it is written: `-c x`, `-cx`, `-c=x`, `--config x`, `--config=x`. */
function valuesOf(args: readonly string[], short: string, long: string): string[] {
  const values: string[] = [];
  args.forEach((arg, at) => {
    if (arg === short || arg === long) values.push(...args.slice(at + 1, at + 2));
    else if (arg.startsWith(`${long}=`)) values.push(arg.slice(long.length + 1));
    else if (arg.startsWith(short) && !arg.startsWith("--")) values.push(arg.slice(short.length).replace(/^=/, ""));
  });
  return values;
}

/** `a.b=1` as `{ a: { b: 1 } }`; a value that is no TOML is a string (codex's `--help`). */
function overrideOf(text: string): Json {
  const at = text.indexOf("=");
  if (at < 0) return {};
  const [last = "", ...parents] = text.slice(0, at).trim().split(".").reverse();
  const value = text.slice(at + 1).trim();
  const parsed = tomlOf(`value = ${value}`);
  const innermost: Json = { [last]: "value" in parsed ? parsed.value : value };
  return parents.reduce<Json>((inner, key) => ({ [key]: inner }), innermost);
}

/** Caches the files that were parsed: all tasks of a run have the same. */
const known = new WeakMap<Contents, Map<string, Json>>();

function fileOf(path: string, contents: Contents): Json {
  const files = known.get(contents) ?? new Map<string, Json>();
  known.set(contents, files);
  const file = files.get(path) ?? tomlOf(contents[path] ?? "");
  files.set(path, file);
  return file;
}

function tomlOf(text: string): Json {
  if (text.trim() === "") return {};
  try {
    return parse(text);
  } catch {
    return {};
  }
}

/** Tables are merged, anything else is replaced (measured with 0.169.0). */
function merged(base: Json, over: Json): Json {
  const all: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(all, key) ? all[key] : undefined;
    all[key] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return all;
}
