// What a caller may ask for: everything in a task file that reaches beyond the directories and rights that the owner of
// the server gives away is refused. What the owner's own configuration says is the owner's choice.
import { isAbsolute, resolve } from "node:path";
import type { Policy } from "../../app/prepare.js";
import { backendsOf } from "../../backends/index.js";
import type { Diagnostic, Report } from "../../document/diagnostics.js";
import { BACKEND_NAMES } from "../../schema/built-in.js";
import type { ServerConfig } from "../../schema/config-server.js";
import type { TaskDefaults, TaskInput } from "../../schema/task-input.js";
import type { LoadedTaskFile } from "../../task-file/task-file.js";
import { type AllowedDirs, allowedDirs } from "./allowed-dirs.js";
import { refusedFlags } from "./allowed-flags.js";

const ASK_OWNER = "the owner of the server can set `server.allow_unsafe`";

type Input = TaskDefaults | TaskInput;
type Rights = Pick<TaskInput, "approval_mode" | "sandbox_mode" | "expect" | "backend" | "fallback">;

export interface ServerPolicyOptions {
  server: Pick<ServerConfig, "allowed_workdir_prefixes" | "allow_unsafe"> | undefined;
  /** Absolute; where the server was started. */
  cwd: string;
  /** Absolute; no agent of a caller works where it could change the files in it. */
  clinvk_home: string;
}

/**
 * The rules of a server. In the file that comes back each `workdir` is the real directory that was checked; the place of
 * one that was refused is taken by `cwd`, so that nothing looks at the refused one.
 */
export function serverPolicy({ server, cwd, clinvk_home }: ServerPolicyOptions): Policy {
  const prefixes = server?.allowed_workdir_prefixes ?? ["."];
  const isUnsafe = server?.allow_unsafe ?? false;
  const dirs = allowedDirs(
    prefixes.map((prefix) => resolve(cwd, prefix)),
    isUnsafe ? undefined : clinvk_home,
  );

  return (loaded) => {
    const problems: Diagnostic[] = [];
    const { list } = loaded;
    const report = loaded.reportTo(problems);
    const { output_dir, defaults, judge, ...rest } = loaded.file;
    const tasks: readonly (TaskInput & { prompt: string })[] = rest.tasks;
    if (output_dir !== undefined)
      report("output_dir", "callers may not write into directories", "the answers are under /api/v1/runs");
    const places: [at: string, input: Input][] = tasks.map((task, index) => [`${list}[${index}]`, task]);
    if (defaults) places.unshift(["defaults", defaults]);
    if (judge) places.push(["judge", judge]);
    if (!isUnsafe) for (const [at, input] of places) checkRights(at, input, report);
    checkFlags(loaded, report);

    const place = <T extends Input>(at: string, input: T): T => ({
      ...input,
      workdir: realWorkdir(input.workdir, { at, dirs, cwd, report }),
    });
    const hasDefault = defaults?.workdir !== undefined;
    const file: LoadedTaskFile["file"] = {
      ...rest,
      tasks: tasks.map((task, index) =>
        hasDefault && task.workdir === undefined ? task : place(`${list}[${index}]`, task),
      ),
      ...(defaults && { defaults: hasDefault ? place("defaults", defaults) : defaults }),
      ...(judge && { judge: place("judge", judge) }),
    };
    return { file: { ...loaded, file }, problems };
  };
}

/** What lets an agent, or a command, do anything that the server's user can. */
function checkRights(at: string, input: Rights, report: Report): void {
  const { approval_mode, sandbox_mode, expect, backend, fallback = [] } = input;
  // No option of ours confines what such a program does.
  const notOurs = (name: string) => !(BACKEND_NAMES as readonly string[]).includes(name);
  if (backend !== undefined && notOurs(backend))
    report(`${at}.backend`, `callers may not ask for the custom backend ${backend}`, ASK_OWNER);
  for (const [index, name] of fallback.entries())
    if (notOurs(name))
      report(`${at}.fallback[${index}]`, `callers may not ask for the custom backend ${name}`, ASK_OWNER);
  if (approval_mode === "none") report(`${at}.approval_mode`, "callers may not ask for `none`", ASK_OWNER);
  if (sandbox_mode === "full") report(`${at}.sandbox_mode`, "callers may not ask for `full`", ASK_OWNER);
  if (expect?.command !== undefined) report(`${at}.expect.command`, "callers may not name commands", ASK_OWNER);
}

/** `extra` of `defaults` meets every task that has none of its own, and their backends may differ. */
function checkFlags({ file, list }: LoadedTaskFile, report: Report): void {
  const { defaults, tasks, judge } = file;
  const known = backendsOf({});
  const seen = new Set<string>();
  const check = (at: string, extra: readonly string[], backend: string) => {
    if (seen.has(`${at} ${backend}`)) return;
    seen.add(`${at} ${backend}`);
    const allowed = known.get(backend)?.allowed_flags ?? {};
    const names = Object.keys(allowed);
    const hint = `${backend} ${names.length === 0 ? "takes no flags from callers" : `takes ${names.join(", ")}`}`;
    for (const { index, message } of refusedFlags(extra, allowed)) report(`${at}[${index}]`, message, hint);
  };
  for (const [index, task] of tasks.entries()) {
    const backend = task.backend ?? defaults?.backend ?? "";
    if (task.extra) check(`${list}[${index}].extra`, task.extra, backend);
    else if (defaults?.extra) check("defaults.extra", defaults.extra, backend);
  }
  if (judge?.extra) check("judge.extra", judge.extra, judge.backend ?? "");
}

interface Place {
  at: string;
  dirs: AllowedDirs;
  cwd: string;
  report: Report;
}

function realWorkdir(workdir: string | undefined, { at, dirs, cwd, report }: Place): string {
  if (workdir !== undefined && !isAbsolute(workdir)) {
    report(`${at}.workdir`, "callers must name an absolute path");
    return cwd;
  }
  const real = dirs(workdir ?? cwd);
  if (real.ok) return real.value;
  const { message, hint } = real.error;
  if (workdir !== undefined) report(`${at}.workdir`, `the directory ${JSON.stringify(workdir)} ${message}`, hint);
  else report(at, `\`workdir\` is missing, and the directory in which the server was started ${message}`, hint);
  return cwd;
}
