// Asks the judge: one thread for the whole process, started with the first question, given up when a question takes too long.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { err, ok, type Result } from "../../util/result.js";
import { type AnyReply, judge, type Message, type Question, type Reply } from "./regex-worker.js";

/** Why there is no answer. */
export type NoAnswer =
  /** It took longer than the limit. */
  | { reason: "slow" }
  | { reason: "aborted" }
  /** The question itself failed, or the thread did: out of memory, a file that is gone. */
  | { reason: "broken"; message: string };

export interface AskOptions {
  /** Counted while the judge works on the question: not while it waits in line or while the thread starts. */
  limit_ms: number;
  signal?: AbortSignal;
}

interface Job {
  question: Question;
  limit_ms: number;
  settle(result: Result<AnyReply, NoAnswer>): void;
}

/** Memory of the thread in MiB; an answer of the largest size and a pattern's needs fit. */
const HEAP_MIB = 1024;

let worker: Worker | undefined;
let running: Job | undefined;
let timer: NodeJS.Timeout | undefined;
const waiting: Job[] = [];

/** Asks one question. Never rejects, and does not keep the process alive once all answers are there. */
export function ask<Q extends Question>(
  question: Q,
  { limit_ms, signal }: AskOptions,
): Promise<Result<Reply<Q>, NoAnswer>> {
  return new Promise((resolve) => {
    const abort = () => finish(job, err({ reason: "aborted" }));
    const job: Job = {
      question,
      limit_ms,
      settle(result) {
        signal?.removeEventListener("abort", abort);
        // The judge answers each type of question with its type of reply.
        resolve(result as Result<Reply<Q>, NoAnswer>);
      },
    };
    waiting.push(job);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
    next();
  });
}

function next(): void {
  if (running !== undefined) return;
  running = waiting.shift();
  if (running === undefined) {
    worker?.unref();
    return;
  }
  try {
    worker ??= startWorker();
    worker.ref();
    worker.postMessage(running.question);
  } catch (error) {
    // No thread to be had, or a value that is nested too deeply to be sent.
    finish(running, err({ reason: "broken", message: error instanceof Error ? error.message : String(error) }));
  }
}

function finish(job: Job, result: Result<AnyReply, NoAnswer>): void {
  if (job === running) {
    clearTimeout(timer);
    running = undefined;
    // Whatever it is doing, it is not wanted any more; the next question gets a new thread.
    if (!result.ok) dropWorker();
  } else {
    const at = waiting.indexOf(job);
    if (at < 0) return;
    waiting.splice(at, 1);
  }
  job.settle(result);
  next();
}

function startWorker(): Worker {
  // Resolved from here, for the thread's source text has no place of its own.
  const ajv = createRequire(join(import.meta.dirname, "ask.js")).resolve("ajv");
  const threads = 'require("node:worker_threads")';
  const started = new Worker(`(${judge.toString()})(${threads}.parentPort, require, ${threads}.workerData)`, {
    eval: true,
    workerData: dirname(ajv),
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const broken = (message: string) => {
    if (started !== worker || running === undefined) return;
    finish(running, err({ reason: "broken", message }));
  };
  started.on("message", (message: Message) => {
    if (started === worker && running !== undefined) take(message, running);
  });
  started.on("error", (error) => broken(error.message));
  started.on("exit", () => {
    broken("the checking thread ended");
    if (started === worker) worker = undefined;
  });
  return started;
}

function take(message: Message, job: Job): void {
  switch (message.type) {
    case "begins":
      timer = setTimeout(() => {
        // If we were too busy to hear the answer until now, it comes in the next round.
        setImmediate(() => finish(job, err({ reason: "slow" })));
      }, job.limit_ms);
      break;
    case "reply":
      finish(job, ok(message.value));
      break;
    case "error":
      finish(job, err({ reason: "broken", message: message.text }));
      break;
    default:
      message satisfies never;
  }
}

function dropWorker(): void {
  void worker?.terminate();
  worker = undefined;
}
