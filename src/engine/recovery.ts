// Carries out what is decided about failed attempts: another one, later or elsewhere, or none.
import type { Attempt } from "../executors/executor.js";
import type { Failure } from "../schema/failure.js";
import type { OnQuota } from "../schema/task.js";
import type { Clock } from "../util/clock.js";
import type { Lanes } from "./backend-queues.js";
import { type Decision, decide } from "./retry.js";
import type { Turn } from "./task-run.js";

export interface RecoveryOptions {
  lanes: Lanes;
  on_quota: OnQuota;
  clock: Clock;
  /** In [0, 1). */
  random(): number;
}

export class Recovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Whether the task gets another attempt; if so, it waits for its turn again. */
  recovers(turn: Turn, attempt: Attempt, failure: Failure): boolean {
    const { lanes, clock } = this.#options;
    const decision = this.#decide(turn, attempt, failure);
    switch (decision.type) {
      case "give_up":
        return false;
      case "retry":
        turn.retries += 1;
        lanes.requeue(turn, failure, decision.delay_ms);
        return true;
      case "repair":
        turn.repaired = true;
        turn.repair_prompt = decision.prompt;
        lanes.requeue(turn, failure, 0);
        return true;
      case "park":
        turn.waits += 1;
        lanes.park(turn.task, decision.until, failure);
        lanes.requeue(turn, failure, Math.max(0, decision.until - clock.now()));
        return true;
      case "fall_back":
        if (decision.until !== undefined) lanes.park(turn.task, decision.until, failure);
        lanes.fallBack(turn, failure);
        return true;
      default:
        return decision satisfies never;
    }
  }

  #decide(turn: Turn, attempt: Attempt, failure: Failure): Decision {
    const { on_quota, clock, random } = this.#options;
    return decide({
      failure,
      task: turn.task,
      may_have_written: attempt.may_have_written,
      repair_prompt: attempt.repair_prompt,
      repaired: turn.repaired,
      retries: turn.retries,
      waits: turn.waits,
      has_fallback: turn.hasFallback,
      on_quota,
      now: clock.now(),
      random,
    });
  }
}
