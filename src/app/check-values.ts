// Problems of values that only an engine can find: regular expressions, JSON Schemas, patterns of secrets.
import type { LoadedConfig } from "../config/load.js";
import type { Diagnostic } from "../document/diagnostics.js";
import { schemaProblem } from "../executors/checks/output-schema.js";
import { regexProblem } from "../executors/checks/pattern.js";
import { patternProblem } from "../redact/redact.js";
import type { TaskDefaults, TaskFile } from "../schema/task.js";
import type { LoadedTaskFile } from "../task-file/task-file.js";

/** Checks `expect` and `output_schema` of all tasks and of the defaults, and the pattern of votes. */
export async function checkTaskValues({ file, source_name, position }: LoadedTaskFile): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const [at, input] of inputsOf(file)) {
    for (const key of ["matches", "not_matches"] as const) {
      const pattern = input.expect?.[key];
      const message = pattern === undefined ? undefined : regexProblem(pattern);
      const path = `${at}.expect.${key}`;
      if (message !== undefined) found.push({ source: source_name, path, ...position(path), message });
    }
    if (input.output_schema === undefined) continue;
    const message = await schemaProblem(input.output_schema);
    const path = `${at}.output_schema`;
    if (message !== undefined) found.push({ source: source_name, path, ...position(path), message });
  }
  const vote = file.vote && regexProblem(file.vote.extract);
  if (vote !== undefined)
    found.push({ source: source_name, path: "vote.extract", ...position("vote.extract"), message: vote });
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

function inputsOf(file: TaskFile): [at: string, input: TaskDefaults][] {
  const tasks = file.tasks.map((task, index): [string, TaskDefaults] => [`tasks[${index}]`, task]);
  if (file.judge) tasks.push(["judge", file.judge]);
  return file.defaults ? [["defaults", file.defaults], ...tasks] : tasks;
}
