// Changes one value of the configuration file. Checks the new file as a whole first, and then replaces it in one step.

import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Diagnostic, formatPath, type KeyPath, toDiagnostics } from "../document/diagnostics.js";
import { readText } from "../document/read-file.js";
import type { Config } from "../schema/config.js";
import { makeDir } from "../util/new-files.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { type ConfigPlace, isJsonName, parseConfig } from "./file.js";

export interface EditRequest {
  place: ConfigPlace;
  path: KeyPath;
  /** `undefined` removes what is there. */
  value: unknown;
  /** Checks values that the schema can't check. */
  check(config: Config): Diagnostic[];
}

/**
 * Sets or removes a value and keeps the file's comments. Makes the file (0600) and its directories (0700) if needed.
 * Changes nothing if the file is damaged, would become invalid, or changed in the meantime.
 */
export async function setInConfigFile(request: EditRequest): Promise<Result<undefined, Diagnostic[]>> {
  const { place, path, value, check } = request;
  const { name } = place;
  const before = await readText(place.path);
  if (!before.ok && before.error.code !== "ENOENT") return err([{ source: name, ...before.error }]);
  const text = before.ok ? before.value : "";
  const old = await parseConfig(text, name);
  if (!old.ok) return err(toDiagnostics(name, old.error.problems, old.error.locate));

  const edited = isJsonName(name) ? await editJson(text, path, value) : await editYamlText(text, path, value);
  if (edited === undefined)
    return err([{ source: formatPath(path), message: BEHIND_A_REFERENCE, hint: "change it in the file itself" }]);
  const changed = await parseConfig(edited, name);
  // Omits line and column: they refer to the new text, which the user has not seen.
  if (!changed.ok) return err(toDiagnostics(name, changed.error.problems).map(({ source: _, ...one }) => asTyped(one)));
  const wrong = check(changed.value.config);
  if (wrong.length > 0) return err(wrong.map(asTyped));
  const failed = replaceFile(place.path, before.ok ? text : undefined, edited);
  return failed === undefined ? ok(undefined) : err([{ source: name, message: failed }]);
}

function asTyped({ path = "", message, hint }: Omit<Diagnostic, "source">): Diagnostic {
  return { source: path, message, ...omitUndefined({ hint }) };
}

const BEHIND_A_REFERENCE = "this value is a reference (`*name`); setting it would change another place, too";

async function editYamlText(text: string, path: KeyPath, value: unknown): Promise<string | undefined> {
  const { editYaml } = await import("./edit-yaml.js");
  return editYaml(text, path, value);
}

async function editJson(text: string, path: KeyPath, value: unknown): Promise<string> {
  const { applyEdits, modify } = await import("jsonc-parser");
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const formattingOptions = { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol: "\n" };
  const start = text.trim() === "" ? "{}\n" : text;
  return applyEdits(start, modify(start, [...path], value, { formattingOptions }));
}

/** Replaces the whole file or nothing; the error is a sentence. Writes through a link, so a link stays a link. */
function replaceFile(path: string, before: string | undefined, after: string): string | undefined {
  let fresh: string | undefined;
  try {
    makeDir(dirname(path));
    const target = before === undefined ? path : realpathSync(path);
    fresh = `${target}.${process.pid}.new`;
    writeFileSync(fresh, after, { mode: 0o600, flag: "wx" });
    if (before !== undefined) chmodSync(fresh, statSync(target).mode & 0o777);
    if (contentOf(target) !== before) {
      rmSync(fresh);
      return "it has changed in the meantime; nothing was written, so try again";
    }
    renameSync(fresh, target);
    return undefined;
  } catch (error) {
    if (fresh !== undefined) rmSync(fresh, { force: true });
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return `can't be written: ${error.message}`;
  }
}

function contentOf(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
}
