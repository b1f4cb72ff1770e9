// Finds the configuration file, reads it, and checks its text.

import { join, resolve } from "node:path";
import { type Diagnostic, type Locate, type Problem, toDiagnostics } from "../document/diagnostics.js";
import { readText } from "../document/read-file.js";
import type { OnWait } from "../document/slow-source.js";
import { validate, withoutFreeKeys } from "../document/validate.js";
import { Config } from "../schema/config.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { checkBackends } from "./check-backends.js";
import { clinvkHome } from "./home.js";

export interface ConfigRequest {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; a relative `--config` is resolved against it. */
  cwd: string;
  /** The value of `--config`. */
  config_flag?: string;
  onWait?: OnWait;
}

/** Where the file is, or would be. */
export interface ConfigPlace {
  /** The file's name as the user gave it; messages use it. */
  name: string;
  /** Absolute. */
  path: string;
  /** The flag or variable that names the file; undefined for the usual place. */
  named_by?: "--config" | "$CLINVK_CONFIG";
}

/** Looks at `--config`, `$CLINVK_CONFIG`, `$CLINVK_HOME` and the home directory, in this order. */
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

/** Reads the file. It may be missing unless the user named it. */
export async function readConfigFile(
  { name, path, named_by }: ConfigPlace,
  onWait?: OnWait,
): Promise<Result<ConfigFile, Diagnostic[]>> {
  const text = await readText(path, { onWait });
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

/** Whether the name says JSON; any other file is read as YAML. */
export function isJsonName(name: string): boolean {
  return /\.jsonc?$/i.test(name);
}

/** Parses and checks the text of a configuration file; the error has all its problems. */
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
  // The file holds only comments.
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
