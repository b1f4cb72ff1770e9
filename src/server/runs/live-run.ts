// A run that is queued or under way in this process: its public view, and the handle for its manager.
import type { LoadedConfig } from "../../config/load.js";
import type { Plan } from "../../plan/plan.js";
import type { Reporter } from "../../reporters/reporter.js";
import type { ResumedRun } from "../../store/resume.js";
import type { Journal } from "../../store/store.js";
import type { RunState } from "../../summary/summary.js";
import { RunProgress } from "./run-progress.js";
import { RunStream } from "./run-stream.js";

/** A run that waits or is under way. */
export interface LiveRun {
  readonly plan: Plan;
  readonly status: "queued" | "running";
  readonly progress: RunProgress;
  readonly stream: RunStream;
  /** The folded run, answers included; rejects only for bugs. */
  readonly ended: Promise<RunState>;
}

export interface OwnRunOptions {
  plan: Plan;
  config: LoadedConfig;
  journal: Journal;
  /** Whose run it is: the id of the caller. */
  caller: string;
  resumed?: ResumedRun<Plan>;
  /** Consumers of this run's events alone; always closed at the end. */
  reporters?: readonly Reporter[];
}

/** The handle for the manager, which starts and ends the run. */
export class OwnRun implements LiveRun {
  status: "queued" | "running" = "queued";
  readonly plan: Plan;
  readonly config: LoadedConfig;
  readonly journal: Journal;
  readonly caller: string;
  readonly resumed: ResumedRun<Plan> | undefined;
  readonly reporters: readonly Reporter[];
  readonly progress: RunProgress;
  readonly stream: RunStream;
  readonly stop = new AbortController();
  readonly ended: Promise<RunState>;
  end: (state: RunState) => void = () => {};
  fail: (bug: unknown) => void = () => {};

  constructor({ plan, config, journal, caller, resumed, reporters = [] }: OwnRunOptions) {
    this.plan = plan;
    this.config = config;
    this.journal = journal;
    this.caller = caller;
    this.resumed = resumed;
    this.reporters = reporters;
    this.progress = new RunProgress(plan.run_id);
    for (const event of resumed?.run.events() ?? []) this.progress.add(event);
    this.stream = new RunStream(journal, (resumed?.next_seq ?? 1) - 1);
    this.ended = new Promise((end, fail) => {
      this.end = end;
      this.fail = fail;
    });
    // Without this, a rejection that no caller awaits would crash the process.
    this.ended.catch(() => {});
  }
}
