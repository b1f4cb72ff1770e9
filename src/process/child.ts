// One child process and its three pipes. It leads its own group and session; group.ts has the processes that it starts.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { omitUndefined } from "../util/omit-undefined.js";
import { LineSplitter } from "./lines.js";
import { type SpawnError, spawnError } from "./spawn-error.js";
import { Stderr } from "./stderr.js";
import { StdoutFile, type StdoutFileSpec } from "./stdout-file.js";

/** How to start a child. */
export interface ChildSpec {
  file: string;
  args: string[];
  /** The whole environment of the child; the marker variable is added to it. */
  env: Record<string, string>;
  cwd: string;
  /** Written to stdin, which is then closed. Dropped after the write. */
  stdin: string;
  /** Names the task in the marker; `A-Z a-z 0-9 _ -`, unique among the children that run at the same time. */
  task_marker: string;
  /** An existing directory for spooling a huge line. */
  spool_dir: string;
  /** stdout goes to this file, which we follow, instead of a pipe. If the file can't be made, a pipe is used. */
  stdout_file?: StdoutFileSpec;
  /** A line of stdout with more bytes is dropped. Default: what fits into one string. */
  max_line_bytes?: number;
}

/** Callbacks, called synchronously in the order of arrival. */
export interface ChildHandlers {
  /** Called when any data arrives on stdout or stderr, with the bytes that stdout has had so far. */
  onData?(stdout_bytes: number): void;
  /** A whole line of stdout, without its newline. */
  onLine(line: string): void;
  /** A piece of stderr as it arrived. */
  onStderr?(text: string): void;
  /** A line of stderr; `true` = it is taken out. See `StderrHandlers`. */
  onStderrLine?(line: string): boolean;
  /** A line of stdout was longer than `max_line_bytes`. */
  onLineTooLong?(): void;
  /** `stdout_file` has reached its limit, and the rest is not read. Called once. */
  onStdoutFull?(): void;
}

export interface ChildExit {
  /** When the child ended, its file for stdout could not grow any more: why (ENOSPC, EDQUOT, EFBIG). What it printed last may be lost. */
  stdout_problem?: string;
  /** `null` if a signal ended it or it was never started. */
  exit_code: number | null;
  signal: NodeJS.Signals | null;
  spawn_error?: SpawnError;
}

/** A program that was stopped may have written more than anybody can read: after this long, what counts is its last line. */
const READ_MS = 2000;

/** stdin is written in slices of this many UTF-16 units. */
const STDIN_SLICE = 64 * 1024;

let spools = 0;

export class Child {
  readonly pid: number | undefined;
  /** Resolves when the process itself is gone, or could not be started. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Called at once when the process is gone. */
  onGone: () => void = () => {};
  stdout_bytes = 0;
  /** The process is gone: from now on its pid may belong to another process. */
  gone = false;
  readonly #stderr: Stderr;
  readonly #lines: LineSplitter;
  readonly #file: StdoutFile | undefined;
  #process: ChildProcess | undefined;
  #pipesClosed = false;
  #onPipesClosed: () => void = () => {};
  #closed = false;
  #resolve: (exit: ChildExit) => void = () => {};

  constructor(
    spec: ChildSpec,
    readonly handlers: ChildHandlers,
  ) {
    // No closure here may hold `spec`: it would keep the text for stdin alive as long as the child.
    const { file, cwd, spool_dir } = spec;
    this.#lines = new LineSplitter(handlers.onLine, () => join(spool_dir, `.line-${process.pid}-${++spools}`), {
      max_bytes: spec.max_line_bytes,
      onTooLong: handlers.onLineTooLong,
    });
    this.#stderr = new Stderr({ onText: handlers.onStderr, onLine: handlers.onStderrLine });
    this.#file = openStdout(spec.stdout_file);
    let child: ChildProcess;
    try {
      child = spawn(file, spec.args, {
        cwd,
        env: spec.env,
        detached: true,
        stdio: [spec.stdin === "" ? "ignore" : "pipe", this.#file?.fd ?? "pipe", "pipe"],
      });
    } catch (error) {
      // `spawn` throws some errors: arguments too long, a NUL in an argument.
      this.#giveUp();
      this.exited = Promise.resolve({ exit_code: null, signal: null, spawn_error: spawnError(error, { file, cwd }) });
      return;
    }
    this.#process = child;
    this.pid = child.pid;
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    child.once("exit", (exit_code, signal) => {
      this.gone = true;
      this.onGone();
      this.#resolve({ exit_code, signal, ...omitUndefined({ stdout_problem: this.#file?.problem }) });
    });
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      this.#giveUp();
      this.#resolve({ exit_code: null, signal: null, spawn_error: spawnError(error, { file, cwd }) });
    });
    child.once("close", () => {
      this.#pipesClosed = true;
      this.#onPipesClosed();
    });
    if (child.pid !== undefined) this.#connect(child, spec.stdin);
  }

  /**
   * Waits until all output has come: until the pipes are closed, but no longer than this, for a child of the child may hold them.
   * By then all output of the process itself has been handed over. Call it after the exit.
   */
  async drained(timeout_ms: number): Promise<void> {
    if (!this.#pipesClosed) {
      await new Promise<void>((resolve) => {
        // If we were too busy to read until now, the timer fires before the data arrives: wait for one round of reading.
        const timer = setTimeout(() => setImmediate(resolve), timeout_ms);
        this.#onPipesClosed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await this.#file?.readRest();
    this.#close();
  }

  /** Stops waiting for the exit: a process that hangs in the kernel may survive even SIGKILL. */
  abandon(): void {
    this.#resolve({ exit_code: null, signal: null });
  }

  /** From now on reading takes a short time at most. Output in a file may miss lines then, but never its last one. */
  limitReading(): void {
    this.#file?.hurry(READ_MS);
  }

  /** Lets a pending `drained()` resolve after one more round of reading. */
  hurry(): void {
    this.limitReading();
    if (!this.#pipesClosed) setImmediate(() => this.#onPipesClosed());
  }

  /** First and last 64 KiB of stderr. */
  stderr(): string {
    return this.#stderr.text();
  }

  #connect(child: ChildProcess, text: string): void {
    const { stdin, stdout, stderr } = child;
    const take = (chunk: Buffer): void => {
      this.stdout_bytes += chunk.length;
      this.handlers.onData?.(this.stdout_bytes);
      this.#lines.push(chunk);
    };
    stdout?.on("data", take);
    this.#file?.follow(take, () => this.handlers.onStdoutFull?.());
    stderr?.on("data", (chunk: Buffer) => {
      this.handlers.onData?.(this.stdout_bytes);
      this.#stderr.push(chunk);
    });
    // Reads and writes of a dying child may fail; its exit is reported instead.
    for (const pipe of [stdin, stdout, stderr]) pipe?.on("error", () => {});
    if (stdin !== null) feed(stdin, text);
  }

  /** Stops reading. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pipe of [this.#process?.stdout, this.#process?.stderr]) release(pipe);
    this.#file?.close();
    this.#lines.end();
    this.#stderr.end();
  }

  #giveUp(): void {
    this.gone = true;
    this.#pipesClosed = true;
    this.#closed = true;
    this.#file?.close();
  }
}

function openStdout(spec: StdoutFileSpec | undefined): StdoutFile | undefined {
  try {
    return spec === undefined ? undefined : new StdoutFile(spec);
  } catch {
    return undefined;
  }
}

function release(pipe: Readable | null | undefined): void {
  if (pipe === null || pipe === undefined || pipe.destroyed) return;
  pipe.removeAllListeners("data");
  pipe.destroy();
}

/** Writes the text slice by slice, as fast as the child reads, and closes the pipe. */
function feed(stdin: Writable, text: string): void {
  if (text.length <= STDIN_SLICE) {
    stdin.end(text);
    return;
  }
  let at = 0;
  const more = (): void => {
    while (at < text.length) {
      let end = Math.min(at + STDIN_SLICE, text.length);
      // Never cut between the two halves of a character.
      if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
      const flows = stdin.write(text.slice(at, end));
      at = end;
      if (!flows) {
        stdin.once("drain", more);
        return;
      }
    }
    stdin.end();
  };
  more();
}
