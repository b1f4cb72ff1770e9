// Where each task of a run is, as a fold over its events.
import type { TaskState } from "../../schema/api.js";
import type { RunEvent } from "../../schema/event.js";
import type { TaskRecord } from "../../schema/result.js";
import { type RunOverview, runOverview } from "../../summary/overview.js";
import { emptyRun, fold, type RunState } from "../../summary/summary.js";

export interface TaskProgress {
  state: TaskState;
  /** The latest attempt; 0 = none yet. */
  attempt: number;
}

export class RunProgress {
  /** Without the answers. */
  readonly state: RunState = emptyRun({ keep_content: false });
  /** How the judge did, its answer included; absent until it has ended. */
  judge?: TaskRecord;
  readonly #tasks = new Map<string, TaskProgress>();
  readonly #runId: string;

  constructor(run_id: string) {
    this.#runId = run_id;
  }

  /** The run as one line of a list. */
  get overview(): RunOverview {
    return runOverview(this.#runId, this.state);
  }

  /** Where a task is. */
  task(task_id: string): TaskProgress {
    return this.#tasks.get(task_id) ?? { state: "queued", attempt: 0 };
  }

  add(event: RunEvent): void {
    fold(this.state, event);
    switch (event.type) {
      case "run_resumed":
        for (const id of event.remaining) this.#tasks.set(id, { state: "queued", attempt: 0 });
        if (this.judge && event.remaining.includes(this.judge.task_id)) delete this.judge;
        break;
      case "task_started":
        this.#tasks.set(event.task_id, { state: "running", attempt: event.attempt });
        break;
      case "task_retrying":
        this.#tasks.set(event.task_id, { state: "retrying", attempt: event.attempt });
        break;
      case "task_finished":
        this.#tasks.set(event.task_id, { state: event.result.status, attempt: event.attempt });
        if (event.task_id === this.state.started?.judge?.task_id) this.judge = event.result;
        break;
      case "run_started":
      case "warning":
      case "task_output":
      case "task_activity":
      case "lane_changed":
      case "lane_parked":
      case "run_finished":
        break;
      default:
        event satisfies never;
    }
  }
}
