// Do the events of a journal agree with each other? A line that contradicts those before it is as bad as a torn one.
import type { RunEvent } from "../schema/event.js";
import { allTasks } from "../summary/summary.js";

export class Coherence {
  readonly #runId: string;
  #next = 1;
  #planned: ReadonlySet<string> | undefined;
  /** Tasks that have no result, or whose result does not count any more. */
  #open = new Set<string>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The sequence number that must come next. */
  get next_seq(): number {
    return this.#next;
  }

  /** Takes one more event, or says why it can't be the next one. */
  take(event: RunEvent): string | undefined {
    const problem = this.#problemOf(event);
    if (problem === undefined) this.#next += 1;
    return problem;
  }

  #problemOf(event: RunEvent): string | undefined {
    if (event.run_id !== this.#runId) return `it belongs to the run ${event.run_id}`;
    if (event.seq !== this.#next) return `it has the number ${event.seq} instead of ${this.#next}`;
    if (event.type === "run_started") {
      if (this.#planned !== undefined) return "the run starts a second time";
      this.#planned = new Set(allTasks(event).map((task) => task.task_id));
      this.#open = new Set(this.#planned);
      return undefined;
    }
    if (this.#planned === undefined) return "the run has not started";
    if (event.type === "run_resumed") {
      const unknown = event.remaining.find((id) => this.#planned?.has(id) !== true);
      if (unknown !== undefined) return `there is no task ${unknown}`;
      this.#open = new Set(event.remaining);
    } else if (event.type === "task_finished") {
      if (event.result.task_id !== event.task_id) return `the result of ${event.task_id} is that of another task`;
      if (!this.#open.delete(event.task_id)) return `${event.task_id} ends, but it has ended already or is no task`;
    }
    return undefined;
  }
}
