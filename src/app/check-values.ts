// Checks values that the schema can't check: regular expressions, JSON Schemas, patterns of secrets.
import type { LoadedConfig } from "../config/load.js";
import type { Diagnostic } from "../document/diagnostics.js";
import { schemaProblem } from "../executors/checks/output-schema.js";
import { regexProblem } from "../executors/checks/pattern.js";
import { patternProblem } from "../redact/redact.js";
import type { TaskFile } from "../schema/task-file.js";
import type { TaskDefaults } from "../schema/task-input.js";
import type { LoadedTaskFile } from "../task-file/task-file.js";
import type { ListName } from "../task-file/task-text.js";

/** Checks `expect` and `output_schema` of all tasks and of the defaults, and the pattern of votes. */
export async function checkTaskValues({ file, list, reportTo }: LoadedTaskFile): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  const report = reportTo(found);
  const check = (path: string, message: string | undefined) => {
    if (message !== undefined) report(path, message);
  };
  for (const [at, { expect, output_schema }] of inputsOf(file, list)) {
    for (const key of ["matches", "not_matches"] as const)
      if (expect?.[key] !== undefined) check(`${at}.expect.${key}`, regexProblem(expect[key]));
    if (output_schema !== undefined) check(`${at}.output_schema`, await schemaProblem(output_schema));
  }
  if (file.vote) check("vote.extract", regexProblem(file.vote.extract));
  return found;
}

/** Checks `redact.patterns`. */
export function checkConfigValues({ config, path, origin }: LoadedConfig): Diagnostic[] {
  return (config.redact?.patterns ?? []).flatMap((pattern, index) => {
    const message = patternProblem(pattern);
    const key = `redact.patterns[${index}]`;
    return message === undefined
      ? []
      : [{ source: path ?? origin(key), path: key, message: `"${pattern}" ${message}` }];
  });
}

function inputsOf(file: TaskFile, list: ListName): [at: string, input: TaskDefaults][] {
  const tasks = file.tasks.map((task, index): [string, TaskDefaults] => [`${list}[${index}]`, task]);
  if (file.judge) tasks.push(["judge", file.judge]);
  return file.defaults ? [["defaults", file.defaults], ...tasks] : tasks;
}
