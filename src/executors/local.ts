// Runs attempts as child processes on this machine.

import { dirname, join } from "node:path";
import type { Backend, Backends, Invocation, InvocationContext } from "../backends/shared/backend.js";
import { ProcessRun } from "../process/process-run.js";
import { stillLives } from "../process/reap.js";
import type { Redactor } from "../redact/redact.js";
import type { BackendName } from "../schema/backend-name.js";
import type { Failure } from "../schema/failure.js";
import type { Task } from "../schema/task.js";
import { systemClock } from "../util/clock.js";
import { makeDir } from "../util/new-files.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { shellQuote } from "../util/shell-quote.js";
import { Answer } from "./answer-buffer.js";
import { judgeAnswer } from "./checks/check-answer.js";
import { gitState } from "./checks/git-state.js";
import type { Place } from "./checks/run-limited.js";
import { runChild } from "./child-attempt.js";
import { dryRun, turns } from "./dry-run.js";
import type { Attempt, ExecuteOptions, Executor, Job } from "./executor.js";
import { diskFailure, keepingAnswer, NOT_STARTED, notInstalled, withHint, withoutRoom } from "./failures.js";
import { type Found, type Located, locate } from "./locate.js";
import { ReplacedClis } from "./replaced-clis.js";
import {
  isPristine,
  makeAttemptScratch,
  openRunScratch,
  type RunScratch,
  removeLocks,
  removeScratch,
  writeScratchFiles,
} from "./scratch.js";
import { sweep } from "./sweep.js";
import { noDescriptors } from "./system-room.js";
import { readUserFiles } from "./user-files.js";
import { VersionCheck } from "./version-check.js";

export interface LocalExecutorOptions {
  run_id: string;
  /** The asker of the run's checks; see `Place`. */
  asker: string;
  backends: Backends;
  /** The environment that clinvk was started with. */
  env: Readonly<Record<string, string | undefined>>;
  clinvk_home: string;
  /** Directory for answers above 256 KiB; made when needed. Without it they are removed when the run is discarded. */
  answers_dir?: string;
  /** Address of the offline model, if it answers. */
  offline_url?: string;
  /** Masks secrets in the output of the CLIs. */
  secrets: Redactor;
  /** The built `process/reaper-main.ts`, which ends the processes of the run if we are killed. Without it they stay. */
  reaper_file?: string;
  /** Takes a sentence for a person when something beside the run fails. */
  onProblem(message: string): void;
}

export class LocalExecutor implements Executor {
  readonly #options: LocalExecutorOptions;
  readonly #processes: ProcessRun;
  readonly #located = new Map<BackendName, Located>();
  /** By the paths of the files. */
  readonly #userFiles = new Map<string, Record<string, string>>();
  readonly #warned = new Set<string>();
  readonly #versions: VersionCheck;
  readonly #replaced: ReplacedClis;
  #scratch: RunScratch | undefined;
  #swept: Promise<void> | undefined;
  /** Unused directories of earlier attempts, to use again: making and removing two for each task costs more than all else. */
  readonly #free: string[] = [];
  #attempts = 0;
  readonly #nextTurn = turns();

  constructor(options: LocalExecutorOptions) {
    // A copy: the environment must not change during the run, and reading `process.env` itself is slow.
    this.#options = { ...options, env: { ...options.env } };
    const { reaper_file, onProblem } = options;
    this.#processes = new ProcessRun(reaper_file ? { watchdog: { reaper_file, onLost: onProblem } } : {});
    this.#replaced = new ReplacedClis((name) => this.#lookAgain(name), systemClock);
    this.#versions = new VersionCheck({ ...this.#options, processes: this.#processes });
  }

  /** A backend of the plan. */
  backend(name: BackendName): Backend {
    const backend = this.#options.backends.get(name);
    if (backend === undefined) throw new Error(`there is no backend ${name}`);
    return backend;
  }

  /** How a backend's CLI was found; looked for once per run. */
  locate(name: BackendName): Located {
    const known = this.#located.get(name) ?? locate(this.backend(name), this.#options);
    this.#located.set(name, known);
    return known;
  }

  #lookAgain(name: BackendName): Located {
    const located = locate(this.backend(name), this.#options);
    // As long as it is gone, the others try where it was, and wait here, too.
    if (located.found) this.#located.set(name, located);
    return located;
  }

  preflight({ backend: name, dry_run }: Task): Failure | undefined {
    if (dry_run || this.locate(name).found) return undefined;
    return withHint(notInstalled(this.backend(name)), this.backend(name), { found: false });
  }

  async execute(job: Job, options: ExecuteOptions): Promise<Attempt> {
    const backend = this.backend(job.task.backend);
    const located = this.locate(job.task.backend);
    const attempt = await this.#attempt(job, backend, located, options);
    return keepingAnswer(attempt, () =>
      attempt.failure
        ? { ...attempt, failure: withHint(attempt.failure, backend, located, this.#envOf(job.task)) }
        : attempt,
    );
  }

  /** What the user has set for a task. */
  #envOf({ env }: Task): LocalExecutorOptions["env"] {
    return this.#options.offline_url === undefined ? { ...this.#options.env, ...env } : {};
  }

  async #attempt(job: Job, backend: Backend, located: Located, options: ExecuteOptions): Promise<Attempt> {
    const { task } = job;
    const url = this.#options.offline_url;
    const place = {
      env: this.#options.env,
      ...(url === undefined ? {} : { offline: { url, api_key: `offline-task-${task.index + 1}` } }),
    };
    if (task.dry_run) {
      await this.#nextTurn();
      this.#versions.tellKnown(backend, located, (text) => this.#warn(text, options));
      return dryRun(backend, job, { ...this.#options, ...place, located });
    }
    if (!located.found) return { ...NOT_STARTED, failure: notInstalled(backend) };
    await this.sweep();
    const scratch = this.#makeScratch(job.run_id);
    if (!scratch.ok) return { ...NOT_STARTED, failure: scratch.error };
    try {
      const context: InvocationContext = {
        ...place,
        marker: this.#processes.markerFor(String(task.index)),
        ...omitUndefined({ previous_failure: job.previous_failure }),
        scratch: scratch.value,
        executable: located.executable,
        user_files: this.#readUserFiles(backend, task),
      };
      return await this.#run(job, backend, located, context, options);
    } catch (error) {
      return { ...NOT_STARTED, failure: diskFailure(error) };
    } finally {
      // If it can't be removed, the removal of the run's directory tries again.
      if (isPristine(scratch.value)) this.#free.push(scratch.value);
      else removeScratch(scratch.value);
    }
  }

  async #run(
    job: Job,
    backend: Backend,
    located: Found,
    context: InvocationContext,
    options: ExecuteOptions,
  ): Promise<Attempt> {
    const { task } = job;
    const { scratch } = context;
    const full = this.#processes.running < FEW ? undefined : noDescriptors();
    if (full !== undefined) return withoutRoom(full, located, task);
    // A lock that the CLI left would make the next start wait. Removing it is safe: this process holds the session.
    const locks = task.session === undefined ? undefined : backend.locks_in?.(task.session.home);
    if (locks !== undefined) removeLocks(locks);
    const answers = this.#options.answers_dir ?? join(dirname(scratch), "answers");
    const invocation = backend.invocation(task, context);
    writeScratchFiles(invocation.files);
    options.onProgress({ type: "started", command: shellQuote([invocation.file, ...invocation.args]) });
    for (const text of invocation.warnings ?? []) this.#warn(text, options);
    const helpers = this.#placeOf(task, invocation, scratch, options);
    const wantsGit = task.expect?.files_changed !== undefined && task.alone_in_workdir;
    const before = wantsGit ? await gitState(helpers) : undefined;
    const stopAsking = this.#versions.start(backend, located, invocation.env, (text) => this.#warn(text, options));
    const start = ({ executable }: Found) =>
      runChild({
        ...options,
        task,
        scratch,
        // After an update the CLI may be elsewhere.
        invocation:
          executable === located.executable ? invocation : backend.invocation(task, { ...context, executable }),
        processes: this.#processes,
        parser: backend.parser(task, context.offline !== undefined),
        secrets: this.#options.secrets,
        // The marker keeps it apart from that of a process that was cut off, and does not know that the run goes on here.
        answer: new Answer(() =>
          placeFor(join(answers, `${task.index + 1}-${job.attempt}-${this.#processes.marker.slice(0, 8)}.md`)),
        ),
      });
    const onWait = (text: string) => this.#warn(text, options);
    const attempt = await this.#replaced.attempt(backend, located, { signal: options.signal, onWait }, start);
    stopAsking();
    options.onCliEnded?.();
    if (locks !== undefined) removeLocks(locks);
    if (context.offline) attempt.outcome.model = offlineName(attempt.outcome.model ?? task.model);
    return keepingAnswer(attempt, () => (attempt.failure ? attempt : judgeAnswer(attempt, task, helpers, before)));
  }

  /** Makes, or takes again, the directory of an attempt. */
  #makeScratch(runId: string): Result<string, Failure> {
    try {
      this.#scratch ??= openRunScratch(this.#options.clinvk_home, runId, this.#processes);
      const free = this.#free.pop();
      if (free !== undefined) return ok(free);
      this.#attempts += 1;
      const scratch = join(this.#scratch.dir, `attempt-${this.#attempts}`);
      makeAttemptScratch(scratch);
      return ok(scratch);
    } catch (error) {
      return err(diskFailure(error));
    }
  }

  async close(): Promise<void> {
    const { survivors } = await this.#processes.close();
    for (const survivor of survivors) this.#options.onProblem(stillLives(survivor));
  }

  /** Ends the processes and removes the directories that dead runs left; once, before the first attempt. */
  sweep(): Promise<void> {
    this.#swept ??= sweep(this.#options.clinvk_home).then((survivors) => {
      for (const survivor of survivors)
        this.#options.onProblem(`an earlier run was killed, and ${stillLives(survivor)}`);
    });
    return this.#swept;
  }

  /** Removes the run's scratch directory. */
  discard(): void {
    this.#scratch?.close();
    const problem = this.#scratch && removeScratch(this.#scratch.dir);
    if (problem !== undefined) this.#options.onProblem(problem);
  }

  /** The place for the helper processes of a task (git, the command of `expect`): the same as for the CLI itself. */
  #placeOf({ index }: Task, { cwd, env }: Invocation, spool_dir: string, { signal }: ExecuteOptions): Place {
    const { asker } = this.#options;
    return { workdir: cwd, env, processes: this.#processes, task_marker: String(index), spool_dir, asker, signal };
  }

  /** Warns once per run of things that concern every task of a backend. */
  #warn(text: string, options: ExecuteOptions): void {
    if (!this.#warned.has(text)) options.onProgress({ type: "warning", text });
    this.#warned.add(text);
  }

  #readUserFiles(backend: Backend, { env, extra }: Task): Record<string, string> {
    // With the offline model, the CLIs see no files of the user.
    const online = this.#options.offline_url === undefined;
    const paths = online ? backend.reads({ ...this.#options.env, ...env }, extra) : [];
    const key = paths.join("\0");
    const files = this.#userFiles.get(key) ?? readUserFiles(paths);
    this.#userFiles.set(key, files);
    return files;
  }
}

/** So few CLIs at once fit into any limit of descriptors: not worth a look. */
const FEW = 4;

/** An answer of the offline model must not pass for an answer of the model that the task names. */
function offlineName(model: string | undefined): string {
  return model === undefined || model === "offline-model" ? "offline-model" : `offline-model (${model})`;
}

function placeFor(path: string): string {
  makeDir(dirname(path));
  return path;
}
