// The composition root: the only place that builds executor, journal and reporters for a plan, and runs it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { backendsOf } from "../backends/index.js";
import type { LoadedConfig } from "../config/load.js";
import { run } from "../engine/run.js";
import type { ResumedPast } from "../engine/run-options.js";
import type { Pool } from "../engine/shared-pool.js";
import { keptRecords } from "../engine/stages.js";
import { find } from "../executors/checks/pattern.js";
import { withHint } from "../executors/failures.js";
import { LocalExecutor } from "../executors/local.js";
import { descriptorWarning } from "../executors/system-room.js";
import type { OfflineScript } from "../offline/script.js";
import type { Plan } from "../plan/plan.js";
import { promptForStdin } from "../plan/prompt.js";
import { configuredRedactor } from "../redact/configured.js";
import type { Redactor } from "../redact/redact.js";
import { redactEvent } from "../redact/redact-event.js";
import type { Reporter } from "../reporters/reporter.js";
import type { RunEvent } from "../schema/event.js";
import type { Failure } from "../schema/failure.js";
import { openJournal } from "../store/journal.js";
import type { ResumedRun } from "../store/resume.js";
import { pruneIfDue, RETENTION_DAYS } from "../store/runs.js";
import { answersDir, type Journal } from "../store/store.js";
import { lastEnds } from "../summary/last-ends.js";
import { allTasks, emptyRun, fold, type RunState } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err } from "../util/result.js";
import { Ownership } from "./ownership.js";

export interface ExecuteRequest {
  plan: Plan;
  config: LoadedConfig;
  /** The environment that the CLIs inherit. */
  env: Readonly<Record<string, string | undefined>>;
  reporters: readonly Reporter[];
  /** An open journal is closed at the end. `false`: the run is not recorded and can't be resumed. */
  journal: boolean | Journal;
  /** The recorded run to resume: locked and read, with its journal open. */
  resumed?: ResumedRun<Plan>;
  /** Slots that the run shares with others. */
  pool?: Pool;
  /**
   * Whose run it is, in a process with runs of several callers: the checks of one caller wait for each other, and not for
   * those of other callers. Default: the run's id.
   */
  asker?: string;
  /** See `RunOptions.warned`. */
  warned?: Promise<string>;
  signal?: AbortSignal;
  kill?: AbortSignal;
  /** Aborted when another process has taken over the session that the run continues; its reason is a sentence. */
  session_lost?: AbortSignal;
  /**
   * Another process has taken over the run or its session: a sentence that says who. The run's processes are killed, and
   * neither the journal nor the reporters get any more of it, as they are the other process's now. Default: `onProblem`.
   */
  onTakenOver?(message: string): void;
  /** Takes a sentence for a person when a report is incomplete; the run continues. */
  onProblem(message: string): void;
  /** Takes a sentence for a person when something beside the run fails, such as writing the journal; the results are still complete. */
  onWarning(message: string): void;
}

/** Runs a plan, shows it to all reporters, and returns the folded state. Rejects only for bugs. */
export async function executeRun(request: ExecuteRequest): Promise<RunState> {
  const { plan, env, config, resumed } = request;
  const secrets = configuredRedactor(config.config, env);
  const offline = plan.offline ? await startOffline(plan.offline_script) : undefined;
  const journal = resumed?.journal ?? journalOf(request);
  const executor = new LocalExecutor({
    run_id: plan.run_id,
    asker: askerOf(request),
    backends: backendsOf(config.config),
    env,
    clinvk_home: config.clinvk_home,
    secrets,
    ...(journal ? { answers_dir: answersDir(config.clinvk_home, plan.run_id) } : {}),
    ...(offline ? { offline_url: offline.url } : {}),
    ...omitUndefined({ reaper_file: reaperFile() }),
    onProblem: request.onWarning,
  });
  try {
    // The first task does this anyway. A resumed run that starts no task must still end the processes that it left behind.
    if (resumed) await executor.sweep();
    return await runWith(request, executor, journal, secrets);
  } finally {
    journal?.close();
    executor.discard();
    await offline?.close();
  }
}

function askerOf({ asker, plan }: ExecuteRequest): string {
  return asker ?? plan.run_id;
}

async function runWith(
  request: ExecuteRequest,
  executor: LocalExecutor,
  journal: Journal | undefined,
  secrets: Redactor,
): Promise<RunState> {
  const { plan, resumed, reporters, pool, onProblem } = request;
  const state = emptyRun();
  const reports = guarded(reporters, onProblem);
  const ownership = new Ownership(request, journal);
  const { signal, kill } = ownership;
  const show = (event: RunEvent) => {
    fold(state, event);
    if (!ownership.lost) reports.onEvent(event);
  };
  // If the journal has no events, the run starts like a new one.
  const hasPast = resumed !== undefined && resumed.next_seq > 1;
  // If a task runs again, the later stages that used its old answer run again, too.
  const finished = keptRecords(plan, resumed?.finished ?? new Map());
  if (hasPast) for (const event of replayCompleted({ ...resumed, finished })) show(event);
  try {
    await run({
      plan: { ...plan, warnings: [...plan.warnings, ...idWarnings(plan, secrets), ...roomWarnings(plan)] },
      executor,
      signal,
      kill,
      ...omitUndefined({ pool, warned: request.warned }),
      promptFor(task, parts) {
        const backend = executor.backend(task.backend);
        const prompt = promptForStdin(parts, task, backend);
        if (prompt.ok) return prompt;
        const failure: Failure = { kind: "context_too_long", message: prompt.error };
        return err(withHint(failure, backend, executor.locate(task.backend)));
      },
      find: (pattern, answer) => find(pattern, answer, askerOf(request)),
      ...(hasPast ? { resume: { ...pastOf(resumed), finished } } : {}),
      onEvent: (raw) => {
        const event = redactEvent(raw, secrets);
        journal?.onEvent(event);
        show(event);
      },
    });
  } finally {
    ownership.end();
    // Even after a bug the live view must restore the terminal.
    await reports.close();
  }
  return state;
}

function pastOf({ next_seq, active_seconds, stopped_by_budget }: ResumedRun<Plan>): Omit<ResumedPast, "finished"> {
  return { last_seq: next_seq - 1, active_seconds, renews_budget: stopped_by_budget };
}

/** Replays the past of a resumed run for new reporters: its start, and the last end of each task that stays done. */
function replayCompleted({ run, finished }: ResumedRun<Plan>): RunEvent[] {
  return lastEnds(run.events(), (event) => {
    if (event.type !== "task_finished") return event.type === "run_started" ? event : undefined;
    const result = finished.get(event.task_id);
    // The record of the last end is already in memory: use it, so that the answer is not kept twice.
    return result && { ...event, result };
  });
}

/** Finds the built reaper from the command line's bundles and from the library's; `undefined` in the source tree. */
function reaperFile(): string | undefined {
  const places = ["../process/reaper.cjs", "process/reaper.cjs"].map((path) => join(import.meta.dirname, path));
  return places.find((path) => existsSync(path));
}

function journalOf({ journal, plan, config, onWarning }: ExecuteRequest): Journal | undefined {
  if (typeof journal === "object") return journal;
  if (!journal) return undefined;
  const { clinvk_home, config: settings } = config;
  void pruneIfDue(clinvk_home, settings.runs?.retention_days ?? RETENTION_DAYS);
  const opened = openJournal({ clinvk_home, plan, onError: onWarning });
  if (opened.ok) return opened.value;
  onWarning(opened.error);
  return undefined;
}

/** Joins all reporters into one. A reporter that throws gets no more events; the others and the run continue. */
function guarded(reporters: readonly Reporter[], onProblem: (message: string) => void) {
  const working = new Set(reporters);
  const guard = async (reporter: Reporter, use: () => Promise<void> | void) => {
    try {
      await use();
    } catch (bug) {
      working.delete(reporter);
      onProblem(`a report failed: ${bug instanceof Error ? bug.message : String(bug)}`);
    }
  };
  return {
    onEvent: (event: RunEvent) => {
      for (const reporter of working) void guard(reporter, () => reporter.onEvent(event));
    },
    close: async () => {
      for (const reporter of working) await guard(reporter, () => reporter.close());
    },
  };
}

async function startOffline(script: OfflineScript | undefined) {
  const { startOfflineServer } = await import("../offline/server.js");
  return startOfflineServer(omitUndefined({ script }));
}

/** So many CLIs at once fit into the limit of any system that is not set lower on purpose. */
const FEW_WORKERS = 12;

function roomWarnings({ tasks, max_parallel }: Plan): string[] {
  const at_once = Math.min(tasks.filter(({ dry_run }) => !dry_run).length, max_parallel);
  const warning = at_once > FEW_WORKERS ? descriptorWarning(at_once) : undefined;
  return warning === undefined ? [] : [warning];
}

/** Warns of ids that contain a secret: ids name files and journal entries, so they are never masked. */
function idWarnings(plan: Plan, secrets: Redactor): string[] {
  const shown = allTasks(plan).filter(({ id }) => secrets.redact(id) !== id);
  return shown.map(({ id }) => `the id "${id}" contains a secret, and ids are not masked: choose another one`);
}
