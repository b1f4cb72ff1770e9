// What tasks hand on: the stages of a run that are still to come, how the tasks before them ended, and the prompts and
// votes that are made of their answers.
import type { Plan } from "../plan/plan.js";
import { stagesOf } from "../plan/stages.js";
import type { Failure } from "../schema/failure.js";
import type { TaskRecord, Vote } from "../schema/result.js";
import type { BackendName } from "../schema/task.js";
import { ok, type Result } from "../util/result.js";
import { emptySlots, promptOf } from "./prompts.js";
import { blockedBy } from "./stages.js";
import { Turn } from "./task-run.js";
import { countVotes, type Find } from "./vote.js";

export interface RelayOptions {
  plan: Plan;
  /** Tasks that have ended already, and do not run. */
  finished: ReadonlyMap<string, TaskRecord>;
  /** Makes an answer, or piped text, harmless for the backend into whose prompt it is put; as it is if not given. */
  literal?: ((backend: BackendName, text: string) => string) | undefined;
  /** Finds votes in answers; without it none are counted. */
  find?: Find | undefined;
  warn(message: string, task_id: string): void;
}

/** A stage that begins: who starts, and who does not, and why. */
export interface Entering {
  ready: Turn[];
  stopped: { turn: Turn; failure: Failure }[];
}

export class Relay {
  readonly #options: RelayOptions;
  /** The turns of the first stage, to start at once. */
  readonly first: readonly Turn[];
  /** The turns of all stages. */
  readonly turns: readonly Turn[];
  #later: readonly (readonly Turn[])[];
  /** How the tasks of the stages so far ended; kept if somebody will ask. */
  readonly #ended: Map<string, TaskRecord>;

  constructor(options: RelayOptions) {
    const { plan, finished } = options;
    this.#options = options;
    const stages = stagesOf(plan).map((stage) =>
      stage.filter(({ id }) => !finished.has(id)).map((task) => new Turn(task)),
    );
    const [first = [], ...later] = stages;
    this.first = first;
    this.turns = stages.flat();
    this.#later = later;
    this.#ended = new Map(finished);
  }

  /** A task has ended for good. */
  take(record: TaskRecord): void {
    if (this.#later.length > 0 || this.#options.plan.vote) this.#ended.set(record.task_id, record);
  }

  /** The next stage, once all tasks of those before it have ended; `undefined` = there is none. */
  next(): Entering | undefined {
    const [stage, ...later] = this.#later;
    if (!stage) return undefined;
    this.#later = later;
    const entering: Entering = { ready: [], stopped: [] };
    for (const turn of stage) {
      const failure = blockedBy(turn.task, this.#options.plan, this.#ended);
      if (failure) entering.stopped.push({ turn, failure });
      else entering.ready.push(turn);
    }
    return entering;
  }

  /** Takes out what has not begun. */
  takeAll(): Turn[] {
    const all = this.#later.flat();
    this.#later = [];
    return all;
  }

  /** What the next attempt at a task is asked. */
  promptOf(turn: Turn): Result<string, Failure> {
    if (turn.repair_prompt !== undefined) return ok(turn.repair_prompt);
    const { plan, literal = (_, text) => text, warn } = this.#options;
    const { task } = turn;
    const request = { plan, task, ended: this.#ended };
    if (turn.attempts === 0)
      for (const slot of emptySlots(request)) warn(`${slot} is empty: there is no such answer`, task.id);
    return promptOf({ ...request, literal: (text) => literal(task.backend, text) });
  }

  /** The votes of those who have answered, if the run counts any. */
  async countVotes(): Promise<Vote | undefined> {
    const { plan, find, warn } = this.#options;
    return plan.vote && find ? countVotes(plan.vote, this.#ended, find, warn) : undefined;
  }
}
