// The files that a run would write: none may be a file that was read for it, and no two may be the same.
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Diagnostic } from "../../document/diagnostics.js";
import type { Plan } from "../../plan/plan.js";
import { answerFiles } from "../../reporters/output-dir.js";
import { allTasks } from "../../summary/summary.js";
import type { InputFile } from "../../task-file/task-file.js";
import type { RunFlags } from "../flags/run-flags.js";

export interface OutputsRequest {
  flags: Pick<RunFlags, "events" | "report">;
  plan: Plan;
  inputs: readonly InputFile[];
  /** Absolute. */
  cwd: string;
}

/** The file of a value of `--report`; `undefined` = it names none. */
export function fileOfReport(value: string): string | undefined {
  const equals = value.indexOf("=");
  return equals < 0 ? undefined : value.slice(equals + 1);
}

/** Why the outputs of a run can't be written; `undefined` = they can. */
export function overwritten({ flags, plan, inputs, cwd }: OutputsRequest): Diagnostic | undefined {
  const { events, report = [] } = flags;
  const files: { source: string; text: string; path: string }[] = [];
  const add = (source: string, text: string, file: string | undefined) => {
    if (file !== undefined && file !== "") files.push({ source, text, path: resolve(cwd, file) });
  };
  if (events === "") return { source: "--events", message: "expected the path of a file, got nothing" };
  if (events !== "-") add("--events", `--events ${events}`, events);
  for (const value of report) add("--report", `--report ${value}`, fileOfReport(value));
  const read = new Map(inputs.map(({ what, path }) => [identity(path) ?? path, what]));
  const written = new Map<string, (typeof files)[number]>();
  for (const { source, text, path } of files) {
    const key = identity(path);
    if (key === undefined) continue;
    const what = read.get(key);
    if (what !== undefined) return { source, message: `${path} is the ${what} of this run: it would be overwritten` };
    const other = written.get(key);
    // Two reports: the reports say so themselves.
    if (other !== undefined && other.source !== source)
      return { source, message: `${path} would be written by ${other.text}, too` };
    written.set(key, { source, text, path });
  }
  return inOutputDir(plan, [
    ...inputs.map(({ what, path }) => ({ what: `the ${what} of this run`, path })),
    ...files.map(({ text, path }) => ({ what: `written by ${text}`, path })),
  ]);
}

/** Whether one of the files has the name and place of one that the run writes into its output directory. */
function inOutputDir({ output_dir, ...plan }: Plan, files: readonly InputFile[]): Diagnostic | undefined {
  if (output_dir === undefined) return undefined;
  const dir = realPath(output_dir);
  const inside = files.filter(({ path }) => realPath(dirname(path)) === dir);
  if (dir === undefined || inside.length === 0) return undefined;
  const names = answerFiles(allTasks(plan).map(({ id, backend, verbose }) => ({ task_id: id, backend, verbose })));
  const clash = inside.find(({ path }) => names.has(basename(path)));
  return clash && { source: "output_dir", message: `${clash.path} is ${clash.what}: an answer would overwrite it` };
}

/** Tells whether two paths are one file, also by links; `undefined` = it is no regular file, or its directory is missing. */
export function identity(path: string): string | undefined {
  try {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (there !== undefined) return there.isFile() ? `${there.dev}:${there.ino}` : undefined;
  } catch {
    return undefined;
  }
  const dir = realPath(dirname(path));
  return dir === undefined ? undefined : join(dir, basename(path));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
