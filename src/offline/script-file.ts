// Reads the offline model's script from a file (JSON with comments, or YAML), and reports problems with their places.
import { resolve } from "node:path";
import { type Diagnostic, parsePath, toDiagnostics } from "../document/diagnostics.js";
import { parseDocument } from "../document/document.js";
import { readText } from "../document/read-file.js";
import type { OnWait } from "../document/slow-source.js";
import { err, ok, type Result } from "../util/result.js";
import { type OfflineScript, parseOfflineScript } from "./script.js";

/** `source` is a path relative to `cwd`, or the script itself. `onWait`: see `tellIfSlow`. */
export async function readOfflineScript(
  source: string | object,
  cwd: string,
  onWait?: OnWait,
): Promise<Result<OfflineScript, Diagnostic[]>> {
  if (typeof source !== "string") return checked(source, "offline_script");
  const text = await readText(resolve(cwd, source), { onWait });
  if (!text.ok) return err([{ source, message: text.error.message }]);
  const document = await parseDocument(text.value, source);
  if (!document.ok) return err(toDiagnostics(source, document.error));
  const { value, problems, locate } = document.value;
  if (problems.length > 0) return err(toDiagnostics(source, problems, locate));
  return checked(value, source, (path) => locate(parsePath(path)));
}

function checked(
  value: unknown,
  source: string,
  position: (path: string) => { line: number; column: number } | undefined = () => undefined,
): Result<OfflineScript, Diagnostic[]> {
  const script = parseOfflineScript(value);
  if (script.ok) return ok(script.value);
  return err(script.error.map((problem) => ({ source, ...position(problem.path), ...problem })));
}
