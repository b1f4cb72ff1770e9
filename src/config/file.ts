// The configuration file: which one it is, and its text as a checked value.

import { join, resolve } from "node:path";
import { type Diagnostic, type Locate, type Problem, toDiagnostics } from "../document/diagnostics.js";
import { readText } from "../document/read-file.js";
import { validate, withoutFreeKeys } from "../document/validate.js";
import { Config } from "../schema/config.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { checkBackends } from "./check-backends.js";
import { clinvkHome } from "./home.js";

export interface ConfigRequest {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; what a relative `--config` is relative to. */
  cwd: string;
  /** The value of `--config`. */
  config_flag?: string;
}

/** Where the file is, or would be. */
export interface ConfigPlace {
  /** As the user named it; what messages call it. */
  name: string;
  /** Absolute. */
  path: string;
  /** Who named it; undefined for the usual place. */
  named_by?: "--config" | "$CLINVK_CONFIG";
}

/** What `--config`, `$CLINVK_CONFIG`, `$CLINVK_HOME` or the home directory point to, in this order. */
export function findConfigFile({ env, cwd, config_flag }: ConfigRequest): Result<ConfigPlace, Diagnostic[]> {
  if (config_flag === "") return err([{ source: "--config", message: "expected the path of a file, got nothing" }]);
  const place = (name: string) => ({ name, path: resolve(cwd, name) });
  if (config_flag !== undefined) return ok({ ...place(config_flag), named_by: "--config" });
  if (env.CLINVK_CONFIG) return ok({ ...place(env.CLINVK_CONFIG), named_by: "$CLINVK_CONFIG" });
  return ok(place(join(clinvkHome(env), "config.yaml")));
}

export interface ConfigFile {
  config: Config;
  /** Absolute; undefined if there is none. */
  path: string | undefined;
  locate: Locate;
}

/** Reads a file that may be missing, unless somebody named it. */
export async function readConfigFile({ name, path, named_by }: ConfigPlace): Promise<Result<ConfigFile, Diagnostic[]>> {
  const text = await readText(path);
  if (!text.ok) {
    const { code, message, hint } = text.error;
    if (named_by === undefined && (code === "ENOENT" || code === "ENOTDIR"))
      return ok({ config: {}, path: undefined, locate: () => undefined });
    const by = named_by === undefined ? "" : ` (named by ${named_by})`;
    return err([{ source: name, message: `${message}${by}`, ...omitUndefined({ hint }) }]);
  }
  const parsed = await parseConfig(text.value, name);
  if (parsed.ok) return ok({ ...parsed.value, path });
  return err(toDiagnostics(name, parsed.error.problems, parsed.error.locate));
}

/** The file is YAML whatever its name, unless the name says that it is JSON. */
export function isJsonName(name: string): boolean {
  return /\.jsonc?$/i.test(name);
}

/** The text of a configuration file as a checked value, or all that is wrong with it. */
export async function parseConfig(
  text: string,
  name: string,
): Promise<Result<Omit<ConfigFile, "path">, { problems: Problem[]; locate?: Locate }>> {
  const nothing = { config: {}, locate: () => undefined };
  if (text.trim() === "") return ok(nothing);
  const { parseDocument } = await import("../document/document.js");
  const parsed = await parseDocument(text, isJsonName(name) ? name : "config.yaml");
  if (!parsed.ok) return err({ problems: parsed.error });
  const { value, problems, locate } = parsed.value;
  // A file of comments only.
  if (value === null) return ok(nothing);
  const own = withoutFreeKeys(value);
  const checked = validate(Config, own, {
    secret: ([first, , third]) => first === "backends" && third === "env",
    unknownKeyHint: "`clinvk schema config` lists all keys",
  });
  const all = [...problems, ...checked.problems, ...checkBackends(own)];
  if (checked.value === undefined || all.length > 0) return err({ problems: all, locate });
  return ok({ config: checked.value, locate });
}
