// The progress of each task of a run for the API: the shared folds over its events, with the API's names.
import type { TaskState } from "../../schema/api.js";
import type { RunEvent } from "../../schema/event.js";
import type { TaskRecord } from "../../schema/result.js";
import { type RunOverview, runOverview } from "../../summary/overview.js";
import { emptyRun, fold, type RunState } from "../../summary/summary.js";
import { emptyTimeline, trackState } from "../../summary/timeline.js";
import { extend } from "../../summary/timeline-fold.js";

export interface TaskProgress {
  state: TaskState;
  /** The latest attempt; 0 = none yet. */
  attempt: number;
}

export class RunProgress {
  /** Without the answers. */
  readonly state: RunState = emptyRun({ keep_content: false });
  /** The judge's record, its answer included; absent until it has ended. */
  judge?: TaskRecord;
  readonly #runId: string;
  readonly #timeline = emptyTimeline({ text: 0, steps: 0 });

  constructor(run_id: string) {
    this.#runId = run_id;
  }

  /** The run as one line of a list. */
  get overview(): RunOverview {
    return runOverview(this.#runId, this.state);
  }

  /** Where a task is, if a process works on the run. */
  task(task_id: string): TaskProgress {
    const track = this.#timeline.tracks.get(task_id);
    if (track === undefined) return { state: "queued", attempt: 0 };
    const { attempt } = track;
    const state = trackState(track);
    // A task that waits has failed before, or has not had its turn.
    if (state === "queued" || state === "pause" || state === "quota")
      return { state: attempt > 0 ? "retrying" : "queued", attempt };
    return { state, attempt };
  }

  add(event: RunEvent): void {
    fold(this.state, event);
    extend(this.#timeline, event);
    const judge = this.state.started?.judge?.task_id;
    if (event.type === "task_finished" && event.task_id === judge) this.judge = event.result;
    if (event.type === "run_resumed" && judge !== undefined && event.remaining.includes(judge)) delete this.judge;
  }
}
