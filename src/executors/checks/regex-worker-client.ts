// Sends questions to the checking threads. The whole process has a few; each starts when needed and is dropped when a
// question takes too long. Each asker (a caller of the server, else a run) uses one thread at most, and askers take turns:
// a slow pattern of one delays no other.
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
  /** The question or the thread failed: out of memory, or a file is gone. */
  | { reason: "broken"; message: string };

export interface AskOptions {
  /** Counts only while a thread works on the question: not while it waits, and not while the thread starts. */
  limit_ms: number;
  signal?: AbortSignal;
  /** Questions of one asker are answered one after the other; without an asker the question counts as its own. */
  asker?: string;
}

interface Job {
  question: Question;
  asker: string | symbol;
  limit_ms: number;
  settle(result: Result<AnyReply, NoAnswer>): void;
}

/** Memory of a thread in MiB: enough for the largest answer and a pattern's needs. */
const HEAP_MIB = 1024;
/** This many askers can be slow at once before others wait. */
const MAX_THREADS = 4;

const threads = new Set<CheckingThread>();
/** Waiting questions by asker, in the order of their turns. */
const waiting = new Map<string | symbol, Job[]>();

/** Asks one question. Never rejects, and does not keep the process alive once all answers are there. */
export function ask<Q extends Question>(
  question: Q,
  { limit_ms, signal, asker }: AskOptions,
): Promise<Result<Reply<Q>, NoAnswer>> {
  return new Promise((resolve) => {
    const owner = asker ?? Symbol("own");
    const abort = () => {
      const thread = [...threads].find(({ job: running }) => running === job);
      if (thread) thread.finish(err({ reason: "aborted" }));
      else if (leaveQueue(job)) job.settle(err({ reason: "aborted" }));
    };
    const job: Job = {
      question,
      asker: owner,
      limit_ms,
      settle(result) {
        signal?.removeEventListener("abort", abort);
        // A thread answers each type of question with its type of reply.
        resolve(result as Result<Reply<Q>, NoAnswer>);
      },
    };
    waiting.set(owner, [...(waiting.get(owner) ?? []), job]);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
    next();
  });
}

/** Gives questions to free threads. */
function next(): void {
  for (const asker of [...waiting.keys()]) {
    const all = [...threads];
    // A question that can't be sent ends at once; others have then been handed out already.
    const job = waiting.get(asker)?.[0];
    if (job === undefined || all.some((thread) => thread.job?.asker === asker)) continue;
    const free = all.find((thread) => thread.job === undefined);
    if (free === undefined && threads.size >= MAX_THREADS) return;
    leaveQueue(job);
    (free ?? new CheckingThread()).work(job);
  }
}

/** Takes a question out of its queue; if its asker has more, it moves to the end. `false` = it was in no queue. */
function leaveQueue(job: Job): boolean {
  const line = waiting.get(job.asker) ?? [];
  const rest = line.filter((other) => other !== job);
  waiting.delete(job.asker);
  if (rest.length > 0) waiting.set(job.asker, rest);
  return rest.length < line.length;
}

class CheckingThread {
  /** The question that the thread works on. */
  job: Job | undefined;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    threads.add(this);
  }

  work(job: Job): void {
    this.job = job;
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(job.question);
    } catch (error) {
      // No thread could be started, or a value is nested too deeply to be sent.
      this.finish(err({ reason: "broken", message: error instanceof Error ? error.message : String(error) }));
    }
  }

  finish(result: Result<AnyReply, NoAnswer>): void {
    const { job } = this;
    if (job === undefined) return;
    clearTimeout(this.#timer);
    this.job = undefined;
    this.#worker?.unref();
    // The thread's current work is no longer wanted; the next question gets a new thread.
    if (!result.ok) this.#drop();
    job.settle(result);
    next();
  }

  #start(): Worker {
    // Resolve from here, because the thread's source text has no file of its own.
    const ajv = createRequire(join(import.meta.dirname, "ask.js")).resolve("ajv");
    const module = 'require("node:worker_threads")';
    const worker = new Worker(`(${judge.toString()})(${module}.parentPort, require, ${module}.workerData)`, {
      eval: true,
      workerData: dirname(ajv),
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    // A dropped worker may still send messages.
    const isOurs = () => worker === this.#worker;
    const broken = (message: string) => {
      if (isOurs()) this.finish(err({ reason: "broken", message }));
    };
    worker.on("message", (message: Message) => {
      if (isOurs() && this.job !== undefined) this.#take(message, this.job);
    });
    worker.on("error", (error) => broken(error.message));
    worker.on("exit", () => {
      broken("the checking thread ended");
      if (isOurs()) this.#drop();
    });
    return worker;
  }

  #take(message: Message, job: Job): void {
    switch (message.type) {
      case "begins":
        this.#timer = setTimeout(() => {
          // If we were too busy to receive the answer until now, it comes in the next round.
          setImmediate(() => {
            if (this.job === job) this.finish(err({ reason: "slow" }));
          });
        }, job.limit_ms);
        break;
      case "reply":
        this.finish(ok(message.value));
        break;
      case "error":
        this.finish(err({ reason: "broken", message: message.text }));
        break;
      default:
        message satisfies never;
    }
  }

  #drop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    threads.delete(this);
  }
}
