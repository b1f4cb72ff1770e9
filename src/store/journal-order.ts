// Checks that each event of a journal fits the events before it: a line that contradicts them is as bad as a torn one.
import type { RunEvent } from "../schema/event.js";
import { allTasks } from "../summary/summary.js";

export class JournalValidator {
  readonly #runId: string;
  #next = 1;
  #planned: ReadonlySet<string> | undefined;
  /** Tasks without a result, or with a result that the resumption of the run made void. */
  #open = new Set<string>();
  /** Events are missing, so that a task may have ended, and run again, without our knowing. */
  #gap = false;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The number that comes next. */
  get next_seq(): number {
    return this.#next;
  }

  get started(): boolean {
    return this.#planned !== undefined;
  }

  /** Takes the next event, or says why it can't come next. Its number may be higher than the next: then some are missing. */
  take(event: RunEvent): string | undefined {
    if (event.run_id !== this.#runId) return `it belongs to the run ${event.run_id}`;
    if (event.seq < this.#next) return `it has the number ${event.seq} instead of ${this.#next}`;
    if (event.type !== "run_started" && this.#planned === undefined) return "the run has not started";
    if (event.seq > this.#next) this.#gap = true;
    this.#next = event.seq + 1;
    return this.#contradiction(event);
  }

  #contradiction(event: RunEvent): string | undefined {
    if (event.type === "run_started") {
      if (this.#planned !== undefined) return "the run starts a second time";
      this.#planned = new Set(allTasks(event).map((task) => task.task_id));
      this.#open = new Set(this.#planned);
    } else if (event.type === "run_resumed") {
      const unknown = event.remaining.find((id) => this.#planned?.has(id) !== true);
      if (unknown !== undefined) return `there is no task ${unknown}`;
      this.#open = new Set(event.remaining);
    } else if (event.type === "task_finished") {
      const { task_id, result } = event;
      if (result.task_id !== task_id) return `the result of ${task_id} is that of another task`;
      const wasOpen = this.#open.delete(task_id) || (this.#gap && this.#planned?.has(task_id) === true);
      if (!wasOpen) return `${task_id} ends, but it has ended already or is no task`;
    }
    return undefined;
  }
}
