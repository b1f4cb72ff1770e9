// Runs one attempt as a child process: feeds its output to the parser, collects the answer, and decides how it ended.

import type { Exit, FailedOutcome, Invocation, Outcome, OutputParser, Progress } from "../backends/shared/backend.js";
import type { ChildEnd, ProcessRun, RunningChild } from "../process/process-run.js";
import { stillLives } from "../process/reap.js";
import type { StdoutFileSpec } from "../process/stdout-file.js";
import type { Redactor, RedactStream } from "../redact/redact.js";
import { type Failure, failureOfBug } from "../schema/failure.js";
import type { Task } from "../schema/task.js";
import { systemClock } from "../util/clock.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, type Result } from "../util/result.js";
import type { Answer } from "./answer-buffer.js";
import type { Attempt, ExecuteOptions } from "./executor.js";
import { fullDisk, spawnFailure, unstarted } from "./failures.js";
import { flood, lineLimit, noteLimit, streamLimit, tooLongAnswer, tooLongLine } from "./output-limits.js";
import { OwnRetries } from "./own-retries.js";
import { readReports } from "./reports.js";
import { knownDir, stdoutFile } from "./stdout-place.js";

/** A CLI that has printed its last record may take this long to exit. Then it is stopped: it has nothing more to say. */
const EXIT_MS = 10_000;

/** UTF-16 units of live text per event. */
const PIECE_UNITS = 32 * 1024;

export interface ChildAttemptOptions extends ExecuteOptions {
  task: Task;
  processes: ProcessRun;
  invocation: Invocation;
  parser: OutputParser;
  answer: Answer;
  /** The attempt's own directory. */
  scratch: string;
  secrets: Redactor;
}

/** Runs the invocation to its end. */
export function runChild(options: ChildAttemptOptions): Promise<Attempt> {
  return new ChildAttempt(options).run();
}

class ChildAttempt {
  readonly #options: ChildAttemptOptions;
  #child: RunningChild | undefined;
  /** Why we stopped the CLI: the first reason counts. */
  #stopped: Failure | undefined;
  /** The parser has a bug: what it says from then on can't be trusted. */
  #bug: Failure | undefined;
  #exit: NodeJS.Timeout | undefined;
  readonly #retries: OwnRetries;
  /** The retry for which we stopped the CLI. */
  #retry: Failure | undefined;
  #textBytes = 0;
  readonly #stdout_file: StdoutFileSpec | undefined;
  #stderrBytes = 0;
  #floods = false;
  readonly #notes = noteLimit();
  readonly #text: RedactStream;
  readonly #stderr: RedactStream;
  /** Tool calls that may have changed something and were not refused. */
  #writes = 0;
  #edited = false;
  /** A tool ended after we had stopped the CLI, probably by the stop: an answer that follows rests on it. */
  #cutTool = false;

  constructor(options: ChildAttemptOptions) {
    this.#options = options;
    this.#text = options.secrets.stream();
    this.#stderr = options.secrets.stream();
    const { task, invocation } = options;
    this.#stdout_file = invocation.stdout === "file" ? stdoutFile(options.scratch, task) : undefined;
    this.#retries = new OwnRetries({
      patience_seconds: task.patience_seconds,
      asked: invocation.retries_asked === true,
      clock: systemClock,
      stop: (cause) => {
        this.#retry ??= cause;
        this.#stop(cause, invocation.retry_grace_ms);
      },
    });
  }

  async run(): Promise<Attempt> {
    const { processes, invocation, parser, task, scratch, signal, kill, onAlive } = this.#options;
    const child = processes.spawn(
      {
        ...invocation,
        env: { ...invocation.env, ...invocation.cli_env },
        task_marker: String(task.index),
        spool_dir: scratch,
        max_line_bytes: lineLimit(task),
        ...omitUndefined({ stdout_file: this.#stdout_file }),
      },
      {
        onLine: (line) => this.#onLine(line),
        onStderr: (text) => this.#takeStderr(text),
        ...(parser.pushStderr === undefined ? {} : { onStderrLine: (line) => this.#onStderrLine(line) }),
        onData: (stdout_bytes) => {
          onAlive?.();
          if (stdout_bytes > streamLimit(task)) this.#stopFlood();
        },
        onStdoutFull: () => this.#stopFlood(),
        onLineTooLong: () => this.#stop(tooLongLine(task), 0),
      },
    );
    this.#child = child;
    const stop = () => this.#stop(signal.reason as Failure);
    const killNow = () => child.stop(0);
    signal.addEventListener("abort", stop);
    kill.addEventListener("abort", killNow);
    if (signal.aborted) stop();
    if (kill.aborted) killNow();
    const end = await child.done;
    signal.removeEventListener("abort", stop);
    kill.removeEventListener("abort", killNow);
    this.#retries.end();
    clearTimeout(this.#exit);
    this.#tellText(this.#text.end());
    this.#tellStderr(this.#stderr.end());
    for (const survivor of end.survivors) this.#options.onProgress({ type: "warning", text: stillLives(survivor) });
    return this.#conclude(end);
  }

  #stop(reason: Failure, grace_ms?: number): void {
    this.#stopped ??= reason;
    this.#child?.stop(grace_ms);
  }

  /** Kills at once: output during a grace period would go to the disk, too. */
  #stopFlood(): void {
    this.#floods ||= this.#stopped === undefined;
    this.#stop(flood(this.#options.task), 0);
  }

  #takeStderr(text: string): void {
    this.#stderrBytes += Buffer.byteLength(text);
    if (this.#stderrBytes > streamLimit(this.#options.task)) this.#stopFlood();
    else this.#tellStderr(this.#stderr.push(text));
  }

  #onLine(line: string): void {
    this.#parse(() => {
      for (const step of this.#options.parser.push(line)) this.#take(step);
    });
  }

  #onStderrLine(line: string): boolean {
    let ours = false;
    this.#parse(() => {
      const said = this.#options.parser.pushStderr?.(line);
      ours = said?.ours === true;
      for (const step of said?.progress ?? []) this.#take(step);
    });
    return ours;
  }

  /** Never throws: it is called from a stream, where an exception would end the process. */
  #parse(read: () => void): void {
    if (this.#bug) return;
    try {
      read();
    } catch (bug) {
      this.#bug = failureOfBug(bug);
      this.#stop(this.#bug, 0);
    }
  }

  #take(step: Progress): void {
    const { answer, onProgress, processes, task } = this.#options;
    const isWork = step.type === "text" || step.type === "tool_call";
    if (step.type !== "note") this.#retries.goesOn(isWork);
    if (isWork) clearTimeout(this.#exit);
    switch (step.type) {
      case "text":
        this.#textBytes += Buffer.byteLength(step.text);
        if (this.#textBytes > task.output_limit_bytes) this.#stop(tooLongAnswer(task));
        else this.#tellText(this.#text.push(step.text));
        return;
      case "complete":
        this.#expectExit();
        return;
      case "text_reset":
        this.#tellText(this.#text.end());
        answer.reset();
        return;
      case "tool_call":
        if (step.may_write) this.#writes += 1;
        processes.noteActivity();
        break;
      case "note": {
        if (step.retry) this.#retries.heard(step.retry);
        const text = this.#notes(step.text);
        if (text !== undefined) onProgress({ ...step, text });
        return;
      }
      case "tool_result":
        this.#edited ||= step.edited === true;
        this.#cutTool ||= this.#stopped !== undefined;
        break;
      case "tool_refused":
        if (step.ran !== true) this.#writes = Math.max(0, this.#writes - 1);
        break;
      case "warning":
        break;
      default:
        step satisfies never;
    }
    onProgress(step);
  }

  /** Reports text in pieces: an event is written as a whole, and an answer may have any size. */
  #tellText(text: string): void {
    if (text === "") return;
    this.#options.answer.append(text);
    for (let start = 0; start < text.length; start += PIECE_UNITS)
      this.#options.onProgress({ type: "text", text: text.slice(start, start + PIECE_UNITS) });
  }

  #tellStderr(text: string): void {
    if (text !== "") this.#options.onProgress({ type: "stderr", text });
  }

  /** Stops the CLI if it does not exit now. What it said before counts, as after every stop. */
  #expectExit(): void {
    clearTimeout(this.#exit);
    this.#exit = setTimeout(() => {
      const text = `the answer is complete, but the CLI has not ended within ${EXIT_MS / 1000} s: it is stopped`;
      this.#options.onProgress({ type: "note", text });
      this.#child?.stop();
    }, EXIT_MS);
  }

  /** What the parser makes of all that it has seen. */
  #verdict(exit: Exit): Result<Outcome, FailedOutcome> {
    try {
      return this.#options.parser.end(exit);
    } catch (bug) {
      this.#bug ??= failureOfBug(bug);
      return err(nothingKnown(this.#bug));
    }
  }

  #conclude(end: ChildEnd): Attempt {
    const { answer, task, invocation, secrets } = this.#options;
    const files = readReports(invocation.reports ?? {});
    const facts = { stderr: end.stderr, stdout_bytes: end.stdout_bytes, files };
    // If we stopped the CLI, its exit says nothing: a complete answer before the stop still counts.
    const verdict = this.#verdict(
      end.stopped
        ? { ...facts, ...omitUndefined({ retry: this.#retry }), exit_code: 0, signal: null, stopped: true }
        : { ...facts, exit_code: end.exit_code, signal: end.signal },
    );
    const { text, structured, ...outcome } = verdict.ok ? verdict.value : verdict.error.partial;
    if (text !== undefined && (verdict.ok || answer.isEmpty)) answer.set(secrets.redact(text));
    const attempt: Attempt = {
      outcome,
      ...answer.finish(),
      ...omitUndefined({ structured }),
      may_have_written: this.#writes > 0,
      edited: this.#edited || (this.#writes > 0 ? null : false),
      exit_code: end.exit_code,
      signal: end.signal,
    };
    if (end.spawn_error)
      return { ...attempt, ...unstarted(end.spawn_error), failure: spawnFailure(end.spawn_error, invocation, task) };
    if (this.#bug) return { ...attempt, failure: this.#bug };
    const size = attempt.content_file?.bytes ?? attempt.content.length;
    // Text beyond the limit is missing, even if the CLI ended by itself before we stopped it. An answer before a flood is whole.
    const isCut = this.#stopped?.kind === "output_limit" && !(verdict.ok && this.#floods);
    if (isCut || (verdict.ok && this.#cutTool)) return { ...attempt, ...omitUndefined({ failure: this.#stopped }) };
    if (verdict.ok && size > task.output_limit_bytes) return { ...attempt, failure: tooLongAnswer(task) };
    if (verdict.ok) return end.stopped ? { ...attempt, exit_code: 0, signal: null } : attempt;
    return { ...attempt, failure: this.#reason(end, verdict.error.failure) };
  }

  /** `found`: what the parser made of the end. If we stopped the CLI it counts only as the whole cause of a retry. */
  #reason({ stopped, stdout_problem }: ChildEnd, found: Failure): Failure {
    if (!stopped && this.#stdout_file && stdout_problem !== undefined)
      return fullDisk(stdout_problem, knownDir(this.#stdout_file), "the CLI's output");
    if (!stopped || this.#stopped === undefined) return found;
    return this.#retry !== undefined && this.#stopped === this.#retry && found.kind !== "crashed"
      ? found
      : this.#stopped;
  }
}

/** What a parser with a bug still knows. */
function nothingKnown(failure: Failure): FailedOutcome {
  return { failure, partial: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null } };
}
