// An executor that tests drive by hand: each attempt waits until the test says how it ends.
import type { Attempt, ExecuteOptions, Executor, ExecutorProgress, Job } from "../../src/executors/executor.js";
import type { Failure } from "../../src/schema/failure.js";
import type { Task } from "../../src/schema/task.js";

/** One attempt that is under way. */
export interface Running {
  job: Job;
  options: ExecuteOptions;
  progress(progress: ExecutorProgress): void;
  /** Ends it well, with this answer. */
  succeed(content?: string, more?: Partial<Attempt>): void;
  fail(failure: Failure, more?: Partial<Attempt>): void;
}

export class FakeExecutor implements Executor {
  readonly running = new Map<string, Running>();
  readonly started: string[] = [];
  readonly missing = new Map<string, Failure>();
  closed = false;
  /** The most attempts that ever ran at once. */
  peak = 0;

  preflight(task: Task): Failure | undefined {
    return this.missing.get(task.id);
  }

  execute(job: Job, options: ExecuteOptions): Promise<Attempt> {
    const { id } = job.task;
    this.started.push(id);
    return new Promise((resolve) => {
      const end = (attempt: Partial<Attempt>) => {
        this.running.delete(id);
        resolve({
          exit_code: 0,
          signal: null,
          content: "",
          outcome: NOTHING,
          may_have_written: false,
          edited: false,
          ...attempt,
        });
      };
      this.running.set(id, {
        job,
        options,
        progress: options.onProgress,
        succeed: (content = "done", more) => end({ content, ...more }),
        fail: (failure, more) => end({ exit_code: 1, failure, ...more }),
      });
      this.peak = Math.max(this.peak, this.running.size);
      options.signal.addEventListener("abort", () =>
        end({ exit_code: null, signal: "SIGTERM", failure: options.signal.reason as Failure }),
      );
    });
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The attempt of a task that must be running now. */
  of(id: string): Running {
    const running = this.running.get(id);
    if (!running) throw new Error(`${id} is not running; running: ${[...this.running.keys()].join(", ")}`);
    return running;
  }
}

const NOTHING = { model: "m", session_id: null, usage: null, cost_usd: null, refusals: null };

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
