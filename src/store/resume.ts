// Resumes a run: decides which tasks are done and which run again, and continues the journal after its trusted part.
import { closeSync, copyFileSync, fsyncSync, openSync, renameSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { BackendName } from "../schema/backend-name.js";
import type { TaskRecord } from "../schema/result.js";
import type { Task } from "../schema/task.js";
import { activeSeconds, allTasks, emptyRun, fold, isLost } from "../summary/summary.js";
import { err, ok, type Result } from "../util/result.js";
import { appendTo } from "./journal.js";
import { describeProblem, type Lock, lockRun } from "./lock.js";
import { withEnv } from "./plan-file.js";
import { readRun } from "./read-run.js";
import { EVENTS_FILE, isRunId, type Journal, runDir, type StoredPlan, type StoredRun } from "./store.js";

/** Copy of a damaged journal, from before its damaged end was cut off. */
const TORN_FILE = "events.torn";
/** A journal that is about to be put in place. */
const NEW_FILE = "events.new";

export interface ResumeOptions {
  /** Ended tasks that run again: all that did not succeed, or the tasks with these ids. */
  again?: "failed" | readonly string[];
  /** Names of the backends that exist now; default: all that the run names. */
  backends?: readonly BackendName[];
  /** The environment that the current configuration gives to tasks of a backend: the journal keeps no values. */
  env?(backend: BackendName): Readonly<Record<string, string>>;
}

/** The finished and the remaining part of a run. */
export interface Resumption<P extends StoredPlan> {
  /** All tasks of the run, with the values of their `env` filled in. */
  plan: P;
  /** The records of the tasks that don't run again, by id. */
  finished: Map<string, TaskRecord>;
  /** Seconds in which processes have worked on the run. */
  active_seconds: number;
  /** The budget was used up before some of its tasks began. */
  stopped_by_budget: boolean;
  /** Number of the next event; 1 = the run has not even started, so `run_started` comes first. */
  next_seq: number;
  /** Names of environment variables that the run had and the current configuration lacks. */
  missing_env: string[];
}

/**
 * Separates finished tasks from the ones that run again. A task is finished if it ended with OK, FAILED or TIMEOUT and its
 * answer still exists. Tasks that are CANCELED or WAITING run again, as do tasks that never began because the run's budget
 * was used up, tasks whose result was lost, and tasks that `again` names. Answers are in `finished` only if the run was read with `keep_content`. The
 * error says why the run can't be resumed.
 */
export function resumePlan<P extends StoredPlan>(
  run: StoredRun<P>,
  { again = [], backends, env = () => ({}) }: ResumeOptions = {},
): Result<Resumption<P>, string> {
  if (!run.plan.ok) return err(`the run ${run.run_id} can't be resumed: ${run.plan.error}`);
  if (run.headless) {
    const lost = "the event with which the run starts is lost, and without it the others say nothing";
    return err(`the run ${run.run_id} can't be resumed: its journal is damaged (${run.damage}): ${lost}`);
  }
  const plan = run.plan.value;
  const all = allTasks<Task>(plan);
  const named = all.flatMap((task) => [task, ...task.fallbacks]).map((task) => task.backend);
  const gone = backends && named.find((name) => !backends.includes(name));
  if (gone !== undefined)
    return err(`the run ${run.run_id} can't be resumed: the configuration has no backend "${gone}" any more`);
  if (again !== "failed") {
    const unknown = again.find((id) => !all.some((task) => task.id === id));
    if (unknown !== undefined) return err(`the run ${run.run_id} has no task "${unknown}"`);
  }
  const finished = new Map<string, TaskRecord>();
  for (const [id, record] of run.state.results) {
    const wanted = again === "failed" ? record.status !== "OK" : again.includes(id);
    if (!wanted && isDone(record) && hasAnswer(record)) finished.set(id, record);
  }
  const missing = new Set<string>();
  const restore = (task: Task) => withEnv(task, (one) => restoreEnv(one, env(one.backend), missing));
  const tasks = plan.tasks.map(restore);
  const judge = plan.judge && { judge: restore(plan.judge) };
  return ok({
    plan: { ...plan, tasks, ...judge },
    finished,
    active_seconds: activeSeconds(run.state),
    stopped_by_budget: [...run.state.results.values()].some(keptBackByBudget),
    next_seq: run.next_seq,
    missing_env: [...missing],
  });
}

export interface ResumeRequest extends ResumeOptions {
  clinvk_home: string;
  run_id: string;
  /** Also if a process that can't be seen from here may work on the run. */
  force?: boolean;
  /** The command that forces it, for the message. */
  force_command?: string;
  /** Called once if the journal can't be written; the run continues without it. */
  onError(message: string): void;
}

/** A resumed run: the lock is taken, and the journal is ready for `run_resumed`. Always close the journal. */
export interface ResumedRun<P extends StoredPlan> extends Resumption<P> {
  journal: Journal;
  run: StoredRun<P>;
}

/**
 * Resumes a run: locks it, reads it with its answers, cuts off an incomplete last line, and opens its journal.
 * The error names the process that already works on it, or says why it can't be resumed.
 */
export function resumeRun<P extends StoredPlan = StoredPlan>(request: ResumeRequest): Result<ResumedRun<P>, string> {
  const { clinvk_home, run_id, force = false, force_command } = request;
  const dir = runDir(clinvk_home, run_id);
  if (!isRunId(run_id) || statSync(dir, { throwIfNoEntry: false }) === undefined) {
    return err(`there is no run "${run_id}"`);
  }
  const locked = lockRun(dir, { force });
  if (!locked.ok) return err(`the run ${run_id} can't be resumed: ${describeProblem(locked.error, force_command)}`);
  const lock = locked.value;
  try {
    const opened = openLocked<P>(request, dir, lock);
    if (!opened.ok) lock.release();
    return opened;
  } catch (error) {
    lock.release();
    return err(`the run ${run_id} can't be resumed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function openLocked<P extends StoredPlan>(
  request: ResumeRequest,
  dir: string,
  lock: Lock,
): Result<ResumedRun<P>, string> {
  const { clinvk_home, run_id, onError } = request;
  const read = readRun<P>(clinvk_home, run_id, { keep_content: true });
  if (!read.ok) return read;
  const run = read.value;
  const left = resumePlan(run, request);
  if (!left.ok) return left;
  if (lock.seized) intoNewFile(run);
  else cutOff(run);
  const state = emptyRun({ keep_content: false });
  for (const event of run.events()) fold(state, event);
  return ok({ ...left.value, run, journal: appendTo({ dir, lock, plan: left.value.plan, state, onError }) });
}

function isDone(record: TaskRecord): boolean {
  const { status } = record;
  return (
    !keptBackByBudget(record) && !isLost(record) && (status === "OK" || status === "FAILED" || status === "TIMEOUT")
  );
}

/** Whether the task never began because the run's budget was used up. */
function keptBackByBudget({ attempts, failure }: TaskRecord): boolean {
  return attempts === 0 && failure?.kind === "budget_exceeded";
}

/** Whether the answer still exists: a large answer needs its file. */
function hasAnswer({ content_file }: TaskRecord): boolean {
  if (content_file === undefined) return true;
  return statSync(content_file.path, { throwIfNoEntry: false })?.size === content_file.bytes;
}

function restoreEnv(task: Task, now: Readonly<Record<string, string>>, missing: Set<string>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of Object.keys(task.env)) {
    const value = now[name];
    if (value === undefined) missing.add(name);
    else env[name] = value;
  }
  return env;
}

/** Cuts off an incomplete last line. If the journal is damaged as well, keeps a copy for a person to look at. */
function cutOff({ dir, damage, whole_bytes }: StoredRun): void {
  const path = join(dir, EVENTS_FILE);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= whole_bytes) return;
  if (damage !== undefined) copyFileSync(path, join(dir, TORN_FILE));
  truncateSync(path, whole_bytes);
}

/**
 * Puts a copy in the journal's place. A process that was only suspended, or cut off, still has the old file open: what it
 * writes there, however late, never gets into ours.
 */
function intoNewFile({ dir, whole_bytes }: StoredRun): void {
  const path = join(dir, EVENTS_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  const made = join(dir, NEW_FILE);
  copyFileSync(path, made);
  truncateSync(made, whole_bytes);
  const fd = openSync(made, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(made, path);
}
