// Asks the checking threads: a few for the whole process, each started when it is needed and given up when a question takes too long.
// Each asker, such as a run, has one thread at most, and they take turns: a slow pattern of one run holds up no other.
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
  /** Counted while a thread works on the question: not while it waits in line or while the thread starts. */
  limit_ms: number;
  signal?: AbortSignal;
  /** Questions of one asker are answered one after the other; without it the question is an asker of its own. */
  asker?: object;
}

interface Job {
  question: Question;
  asker: object;
  limit_ms: number;
  settle(result: Result<AnyReply, NoAnswer>): void;
}

/** Memory of a thread in MiB; an answer of the largest size and a pattern's needs fit. */
const HEAP_MIB = 1024;
/** So many askers can be slow at once before others wait for them. */
const MAX_THREADS = 4;

const threads = new Set<CheckingThread>();
/** What waits, by asker, in the order of their turns. */
const waiting = new Map<object, Job[]>();

/** Asks one question. Never rejects, and does not keep the process alive once all answers are there. */
export function ask<Q extends Question>(
  question: Q,
  { limit_ms, signal, asker = {} }: AskOptions,
): Promise<Result<Reply<Q>, NoAnswer>> {
  return new Promise((resolve) => {
    const abort = () => {
      const thread = [...threads].find(({ job: running }) => running === job);
      if (thread) thread.finish(err({ reason: "aborted" }));
      else if (leaveQueue(job)) job.settle(err({ reason: "aborted" }));
    };
    const job: Job = {
      question,
      asker,
      limit_ms,
      settle(result) {
        signal?.removeEventListener("abort", abort);
        // A thread answers each type of question with its type of reply.
        resolve(result as Result<Reply<Q>, NoAnswer>);
      },
    };
    waiting.set(asker, [...(waiting.get(asker) ?? []), job]);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
    next();
  });
}

/** Gives free threads their questions. */
function next(): void {
  for (const asker of [...waiting.keys()]) {
    const all = [...threads];
    // A question that can't be put ends at once, and then others have been given out already.
    const job = waiting.get(asker)?.[0];
    if (job === undefined || all.some((thread) => thread.job?.asker === asker)) continue;
    const free = all.find((thread) => thread.job === undefined);
    if (free === undefined && threads.size >= MAX_THREADS) return;
    leaveQueue(job);
    (free ?? new CheckingThread()).work(job);
  }
}

/** Takes a question out of its line; its asker, if more is to come, is the last one in turn. `false` = it was in none. */
function leaveQueue(job: Job): boolean {
  const line = waiting.get(job.asker) ?? [];
  const rest = line.filter((other) => other !== job);
  waiting.delete(job.asker);
  if (rest.length > 0) waiting.set(job.asker, rest);
  return rest.length < line.length;
}

class CheckingThread {
  /** What it works on. */
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
      // No thread to be had, or a value that is nested too deeply to be sent.
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
    // Resolved from here, for the thread's source text has no place of its own.
    const ajv = createRequire(join(import.meta.dirname, "ask.js")).resolve("ajv");
    const module = 'require("node:worker_threads")';
    const worker = new Worker(`(${judge.toString()})(${module}.parentPort, require, ${module}.workerData)`, {
      eval: true,
      workerData: dirname(ajv),
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    // A worker that was given up may still have something to say.
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
          // If we were too busy to hear the answer until now, it comes in the next round.
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
