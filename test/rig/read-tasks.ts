// A file of tasks for tests that want a whole one: read, or everything that is wrong with it.
import { type Diagnostic, placesIn, type Report, reportTo } from "../../src/document/diagnostics.js";
import type { LoadedTaskFile, ReadTasks } from "../../src/task-file/task-file.js";
import { err, ok, type Result } from "../../src/util/result.js";

export async function wholeFile(reading: Promise<ReadTasks>): Promise<Result<LoadedTaskFile, Diagnostic[]>> {
  const { loaded, problems } = await reading;
  return loaded !== undefined && problems.length === 0 ? ok(loaded) : err(problems);
}

/** Problems at the paths of a source that has no lines. */
export function reportIn(source: string): (found: Diagnostic[]) => Report {
  return (found) => reportTo(found, placesIn(source));
}
