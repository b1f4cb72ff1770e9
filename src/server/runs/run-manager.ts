// Manages the runs of this server: starts, queues, resumes and cancels them. It takes the plan of any command. Runs
// that have ended are in the journals, not here.
import { existsSync } from "node:fs";
import type { ExecuteRequest } from "../../app/execute.js";
import { openResume, type ResumeRefusal } from "../../app/resume.js";
import type { LoadedConfig } from "../../config/load.js";
import type { Interruption } from "../../engine/run-options.js";
import { Pool } from "../../engine/shared-pool.js";
import type { Plan } from "../../plan/plan.js";
import { outputDirReporter, type Reporter } from "../../reporters/index.js";
import type { ErrorCode } from "../../schema/api.js";
import { openJournal } from "../../store/journal.js";
import { pruneIfDue, RETENTION_DAYS } from "../../store/runs.js";
import { isRunId, runDir } from "../../store/store.js";
import type { RunState } from "../../summary/summary.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { type LiveRun, OwnRun } from "./live-run.js";

export interface RunManagerOptions {
  clinvk_home: string;
  /** The environment that the CLIs inherit. */
  env: ExecuteRequest["env"];
  /** How many tasks run at once, all runs together. */
  max_parallel: number;
  max_runs: number;
  /** How many more may wait. */
  max_queue: number;
  /** Every run uses only the offline model. */
  offline: boolean;
  /** Checks a recorded plan: the plan that callers may run, or a sentence for them that says why not. */
  admit(plan: Plan): Promise<Result<Plan, string>>;
  execute(request: ExecuteRequest): Promise<RunState>;
  /** Further consumers of the events of each run; they see new events only. */
  reporters?: readonly Reporter[];
  /** Reports a problem outside of a run, in a sentence for a person. */
  onProblem(run_id: string, message: string): void;
}

/** Why a run is not started. */
export interface Refusal {
  code: Extract<ErrorCode, "queue_full" | "shutting_down" | "not_found" | "conflict" | "internal">;
  message: string;
}

interface CallersRun {
  config: LoadedConfig;
  /** The id of the caller. */
  caller: string;
}

export interface StartRequest extends CallersRun {
  plan: Plan;
  reporters?: readonly Reporter[];
}

export interface ResumeRequest extends CallersRun {
  run_id: string;
  /** Tasks that run again as well. */
  again?: "failed" | readonly string[];
}

export class RunManager {
  readonly pool: Pool;
  readonly #options: RunManagerOptions;
  readonly #runs = new Map<string, OwnRun>();
  readonly #queue: OwnRun[] = [];
  readonly #kill = new AbortController();
  #closing = false;

  constructor(options: RunManagerOptions) {
    this.#options = options;
    this.pool = new Pool(options.max_parallel);
  }

  get active(): number {
    return this.#runs.size - this.#queue.length;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** No run is started any more. */
  get closing(): boolean {
    return this.#closing;
  }

  /** A run that waits or is under way here; `undefined` for any other. */
  live(run_id: string): LiveRun | undefined {
    return this.#runs.get(run_id);
  }

  /** The runs that wait or are under way here. */
  all(): LiveRun[] {
    return [...this.#runs.values()];
  }

  /**
   * Begins a run, or lets it wait. From here on it is recorded: a crash of the server does not lose it. `reporters` see its
   * events before any caller does, and are closed in the end, also if it is not begun.
   */
  start({ plan, config, caller, reporters = [] }: StartRequest): Result<LiveRun, Refusal> {
    const refuse = (refusal: Refusal) => {
      for (const reporter of reporters) void reporter.close();
      return err(refusal);
    };
    const refusal = this.#refusal();
    if (refusal) return refuse(refusal);
    const { clinvk_home } = this.#options;
    void pruneIfDue(clinvk_home, config.config.runs?.retention_days ?? RETENTION_DAYS);
    const onError = (message: string) => this.#options.onProblem(plan.run_id, message);
    const journal = openJournal({ clinvk_home, plan, onError });
    if (!journal.ok) {
      onError(journal.error);
      // Without a journal the run could neither be watched nor found again.
      return refuse({ code: "internal", message: "the run can't be recorded; nothing was run" });
    }
    return ok(this.#admit(new OwnRun({ plan, config, journal: journal.value, caller, reporters })));
  }

  /** Resumes a run that was left unfinished, if its recorded plan is admitted. */
  async resume({ run_id, config, caller, again }: ResumeRequest): Promise<Result<LiveRun, Refusal>> {
    const { clinvk_home, offline, admit, onProblem } = this.#options;
    if (!isRunId(run_id) || !existsSync(runDir(clinvk_home, run_id)))
      return err({ code: "not_found", message: `there is no run "${run_id}"` });
    // Before the queue is looked at: asking again later would not help.
    if (this.#runs.has(run_id)) return err({ code: "conflict", message: `the run ${run_id} is not over yet` });
    const refusal = this.#refusal();
    if (refusal) return err(refusal);
    const opened = await openResume({
      config,
      run_id,
      ...omitUndefined({ again }),
      admit: async (plan) =>
        offline && !plan.offline
          ? err(`the run ${run_id} asked the real CLIs, and this server is offline`)
          : admit(plan),
      onError: (message) => onProblem(run_id, message),
    });
    if (!opened.ok) return err({ code: "conflict", message: refusalText(opened.error) });
    const { plan, resumed } = opened.value;
    // Others may have come while the plan was looked at.
    const late = this.#refusal();
    if (late) {
      resumed.journal.close();
      return err(late);
    }
    return ok(this.#admit(new OwnRun({ plan, config, journal: resumed.journal, caller, resumed })));
  }

  /** Ends a run before its tasks are done. `undefined` = it is not under way here. A second call has no effect. */
  cancel(run_id: string, reason: Interruption = "abort"): LiveRun | undefined {
    const run = this.#runs.get(run_id);
    if (run === undefined) return undefined;
    run.stop.abort(reason);
    const place = this.#queue.indexOf(run);
    if (place >= 0) {
      // It starts only to record its end.
      this.#queue.splice(place, 1);
      void this.#launch(run);
    }
    return run;
  }

  /** Takes no new runs; resolves when the runs that wait or are under way have ended. */
  async drain(): Promise<void> {
    this.#closing = true;
    while (this.#runs.size > 0) await Promise.allSettled(this.all().map((run) => run.ended));
  }

  /** Ends all runs. */
  cancelAll(reason: Interruption): void {
    for (const id of [...this.#runs.keys()]) this.cancel(id, reason);
  }

  /** Kills at once the processes that are still stopping. */
  kill(): void {
    this.#kill.abort();
  }

  #refusal(): Refusal | undefined {
    if (this.#closing) return { code: "shutting_down", message: "the server is about to stop" };
    const { max_runs, max_queue } = this.#options;
    if (this.active < max_runs || this.queued < max_queue) return undefined;
    return {
      code: "queue_full",
      message: `${this.active} runs are under way and ${this.queued} wait; try again later`,
    };
  }

  #admit(run: OwnRun): LiveRun {
    this.#runs.set(run.plan.run_id, run);
    this.#queue.push(run);
    this.#next();
    return run;
  }

  #next(): void {
    while (this.#queue.length > 0 && this.active < this.#options.max_runs) {
      const run = this.#queue.shift();
      if (run) void this.#launch(run);
    }
  }

  async #launch(run: OwnRun): Promise<void> {
    const { plan, config, journal, caller, resumed } = run;
    const { env, execute, onProblem } = this.#options;
    const problem = (message: string) => onProblem(plan.run_id, message);
    run.status = "running";
    try {
      const state = await execute({
        plan,
        config,
        env,
        journal,
        ...omitUndefined({ resumed }),
        reporters: this.#reporters(run, problem),
        pool: this.pool,
        asker: caller,
        signal: run.stop.signal,
        kill: this.#kill.signal,
        onProblem: problem,
        onWarning: problem,
      });
      run.end(state);
    } catch (bug) {
      problem(bug instanceof Error ? (bug.stack ?? bug.message) : String(bug));
      run.fail(bug);
    } finally {
      for (const reporter of run.reporters) void reporter.close();
      run.stream.close();
      this.#runs.delete(plan.run_id);
      this.#next();
    }
  }

  #reporters(run: OwnRun, onSinkError: (message: string) => void): Reporter[] {
    const { plan, progress, stream, reporters } = run;
    const known = stream.last_seq;
    const fresh: Reporter = {
      onEvent: (event) => {
        if (event.seq <= known) return;
        progress.add(event);
        for (const reporter of this.#options.reporters ?? []) reporter.onEvent(event);
      },
      close() {},
    };
    // The stream ends after the journal is closed and the run is free for others: only then can it be said to be over.
    const following: Reporter = { onEvent: (event) => stream.onEvent(event), close() {} };
    const files = plan.output_dir === undefined ? [] : [outputDirReporter({ dir: plan.output_dir, onSinkError })];
    return [fresh, ...reporters, following, ...files];
  }
}

function refusalText(refusal: ResumeRefusal): string {
  switch (refusal.kind) {
    case "prompt":
      return "a prompt is not run again: POST /api/v1/prompt with its `session_id` continues its session";
    case "nothing_left":
      return `${refusal.message}; \`again\` names tasks that are to run again`;
    case "refused":
      return refusal.message;
    default:
      return refusal satisfies never;
  }
}
