// Makes a frozen Plan of task file, configuration and flags. Finds all their problems before anything starts.

import { join, resolve } from "node:path";
import type { Backends } from "../backends/shared/backend.js";
import type { LoadedConfig } from "../config/load.js";
import type { Diagnostic, Report } from "../document/diagnostics.js";
import type { OfflineScript } from "../offline/script.js";
import type { BackendName } from "../schema/backend-name.js";
import type { RunKind } from "../schema/event.js";
import type { Task, TaskSession } from "../schema/task.js";
import type { TaskFile } from "../schema/task-file.js";
import type { TaskInput } from "../schema/task-input.js";
import type { VoteRule } from "../schema/vote.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { newRunId } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";
import { checkChain } from "./chain.js";
import { checkJudge, JUDGE_ID, votersOf } from "./council.js";
import { findTasks } from "./find-tasks.js";
import type { Plan, PlanFlags, Prices, VotePlan } from "./plan.js";
import { resolveTask, shortName } from "./resolve-task.js";
import { stagesOf } from "./stages.js";
import { warningsOf } from "./warnings.js";

export interface PlanRequest {
  /** `parallel` if not given. */
  kind?: RunKind;
  traceparent?: string;
  /** The session that the one task of a prompt begins or continues. */
  session?: TaskSession;
  /** The checked file; every backend that it names is one of `backends`. */
  file: TaskFile;
  /** The name of the run if the task file gives none. */
  file_name?: string;
  /** Takes problems of the file, at paths such as `tasks[2].workdir`; in a chain the paths begin with `steps`. */
  reportTo(found: Diagnostic[]): Report;
  config: LoadedConfig;
  flags: PlanFlags;
  context?: string;
  offline_script?: OfflineScript;
  cwd: string;
  backends: Backends;
  /** The tasks come from outside; see `Task.untrusted`. */
  untrusted?: boolean;
}

/** Resolves a request; reports all problems at once. */
export function makePlan(request: PlanRequest): Result<Plan, Diagnostic[]> {
  const { file, flags, cwd, context } = request;
  const { config } = request.config;
  const problems: Diagnostic[] = [];
  const report = request.reportTo(problems);
  const { kind = "parallel" } = request;
  const noun = kind === "chain" ? "step" : "task";
  const ids = assignIds(file.tasks, noun, report);
  const dryRun = flags.dry_run ?? file.dry_run;
  const all = ids.map((id, index) => {
    const source = {
      index,
      id,
      at: `${noun}s[${index}]`,
      input: file.tasks[index] ?? {},
      defaults: file.defaults ?? {},
    };
    // In a chain only the first step gets the piped text. Text that is put into a prompt later is measured then.
    const own = kind === "chain" && index > 0 ? undefined : context;
    return resolveTask({ ...request, dry_run: dryRun, context: own }, source, report);
  });
  all.forEach((task, index) => {
    if (task.prompt.trim() === "") report(`${noun}s[${index}].prompt`, "the prompt is empty");
  });
  if (kind === "chain") checkChain(all, context, report);
  const judge = file.judge && resolveJudge(request, file.judge, all, dryRun, report);
  const selected = select(all, flags, problems);
  const voters = file.vote && votersOf(file.vote, all, report);
  // Steps never work at the same time.
  const tasks = kind === "chain" ? selected.map((task) => markTask(task, true)) : markAlone(selected);
  if (problems.length > 0) return err(problems);

  // A dry run must not replace the answers of an earlier run.
  const outputDir = tasks.every((task) => task.dry_run) ? undefined : (flags.output_dir ?? file.output_dir);
  const plan: Plan = {
    run_id: newRunId(),
    kind,
    ...omitUndefined({ name: nameOf(request, tasks) }),
    ...(stagesOf({ kind, tasks, ...omitUndefined({ judge }) })
      .flat()
      .every((task) => task.dry_run)
      ? { dry_run: true }
      : {}),
    directory: cwd,
    tasks,
    ...(judge ? { judge } : {}),
    ...(file.vote && voters ? { vote: votePlan(file.vote, voters, tasks) } : {}),
    ...(kind === "compare" ? { prompt: tasks[0]?.prompt ?? "" } : {}),
    max_parallel: flags.max_parallel ?? file.max_parallel ?? config.parallel?.max_workers ?? 3,
    lane_caps: laneCaps(request),
    fail_fast: flags.fail_fast ?? file.fail_fast ?? config.parallel?.fail_fast ?? false,
    on_quota: flags.on_quota ?? file.on_quota ?? config.retry?.on_quota ?? "park",
    deadline_seconds: file.deadline_seconds ?? 0,
    ...(file.max_cost_usd === undefined ? {} : { max_cost_usd: file.max_cost_usd }),
    ...(file.max_total_tokens === undefined ? {} : { max_total_tokens: file.max_total_tokens }),
    prices: pricesOf(request),
    aggregate_output: file.aggregate_output ?? config.parallel?.aggregate_output ?? true,
    ...(outputDir === undefined ? {} : { output_dir: resolve(cwd, outputDir) }),
    ...(context === undefined ? {} : { context }),
    offline: flags.offline ?? false,
    ...omitUndefined({ offline_script: request.offline_script, traceparent: request.traceparent }),
    ...(request.session === undefined || dryRun ? {} : { session: request.session.id }),
    warnings: [],
  };
  return ok(Object.freeze({ ...plan, warnings: warningsOf(plan, file, request.backends) }));
}

/** What a person would call the run. */
function nameOf({ kind, file, file_name }: PlanRequest, tasks: readonly Task[]): string | undefined {
  const asked = kind === "prompt" || kind === "compare" ? tasks[0]?.prompt : undefined;
  return file.name ?? file_name ?? (asked === undefined ? undefined : shortName(asked));
}

/** The judge runs alone, after all tasks, and takes only its own fields. */
function resolveJudge(
  request: PlanRequest,
  input: TaskInput,
  tasks: readonly Task[],
  dry_run: boolean | undefined,
  report: Report,
): Task {
  const { id = JUDGE_ID, name = "Judge" } = input;
  const source = { index: tasks.length, id, at: "judge", input: { ...input, name }, defaults: {} };
  const judge = resolveTask({ ...request, dry_run, context: undefined }, source, report);
  checkJudge(judge, tasks, request.context, report);
  return markTask(judge, true);
}

function votePlan({ extract, of }: VoteRule, voters: readonly string[], tasks: readonly Task[]): VotePlan {
  return { extract, of, task_ids: voters.filter((voter) => tasks.some(({ id }) => id === voter)) };
}

function laneCaps({ file, config, backends }: PlanRequest): Plan["lane_caps"] {
  const caps: Record<BackendName, number> = {};
  for (const name of backends.keys()) {
    const cap = file.limits?.[name] ?? config.config.backends?.[name]?.max_parallel;
    if (cap !== undefined) caps[name] = cap;
  }
  return caps;
}

function pricesOf({ config }: PlanRequest): Prices {
  const backends = Object.entries(config.config.backends ?? {});
  return Object.fromEntries(backends.flatMap(([name, own]) => (own?.prices ? [[name, own.prices]] : [])));
}

/** The ids of the file, and `task-N` or `step-N` by position for the rest; two equal ids are a problem. */
function assignIds(inputs: readonly TaskInput[], noun: "task" | "step", report: Report): string[] {
  const owners = new Map<string, number>();
  return inputs.map((input, index) => {
    const id = input.id ?? `${noun}-${index + 1}`;
    const first = owners.get(id);
    if (first === undefined) owners.set(id, index);
    else if (input.id !== undefined && inputs[first]?.id !== undefined)
      report(`${noun}s[${index}].id`, `duplicate id "${id}"`, `${noun}s[${first}] has it already`);
    else {
      const [given, generated] = input.id === undefined ? [first, index] : [index, first];
      report(
        `${noun}s[${given}].id`,
        `the id "${id}" is also the generated id of ${noun}s[${generated}]`,
        "choose another id",
      );
    }
    return id;
  });
}

/** Applies `--only` and `--tags`; if both are given, both must hold. */
function select(tasks: Task[], { only, tags }: PlanFlags, problems: Diagnostic[]): Task[] {
  const named = findTasks(only ?? [], tasks);
  for (const problem of named.problems) problems.push({ source: "--only", ...problem });
  const chosen = tasks.filter(
    (task) => (!only || named.ids.has(task.id)) && (!tags || task.tags.some((tag) => tags.includes(tag))),
  );
  if (chosen.length === 0 && tasks.length > 0 && problems.length === 0)
    problems.push({ source: tags ? "--tags" : "--only", message: "no task is selected" });
  return chosen;
}

/** Marks each task that has its directory to itself. */
function markAlone(tasks: readonly Task[]): Task[] {
  const counts = new Map<string, number>();
  for (const { workdir } of tasks) counts.set(workdir, (counts.get(workdir) ?? 0) + 1);
  // Sorted with a separator at the end, a directory comes right before what is below it.
  const dirs = [...counts.keys()].map((dir) => join(dir, "/")).sort();
  const shared = new Set<string>();
  dirs.forEach((dir, index) => {
    const next = dirs[index + 1];
    if (next?.startsWith(dir)) for (const inside of dirs.slice(index)) if (inside.startsWith(dir)) shared.add(inside);
  });
  const isAlone = (dir: string) => counts.get(dir) === 1 && !shared.has(join(dir, "/"));
  return tasks.map((task) => markTask(task, isAlone(task.workdir)));
}

function markTask(task: Task, alone_in_workdir: boolean): Task {
  const fallbacks = task.fallbacks.map((fallback) => ({ ...fallback, alone_in_workdir }));
  return Object.freeze({ ...task, alone_in_workdir, fallbacks });
}

/** `--max-parallel` as typed. */
export function parseWorkers(value: string | number): Result<number, Diagnostic> {
  const count = typeof value === "number" || /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= 1) return ok(count);
  return err({ source: "--max-parallel", message: `expected a whole number of at least 1, got "${value}"` });
}
