// Tells whether a tool call of an agent is under way, from the steps that its CLI reports.
import type { ExecutorProgress } from "../executors/executor.js";

export class ToolCalls {
  #running = 0;
  /** A result has come since the last call began. */
  #answered = false;

  get open(): boolean {
    return this.#running > 0;
  }

  take(step: ExecutorProgress): void {
    switch (step.type) {
      case "tool_call":
        this.#running += 1;
        this.#answered = false;
        return;
      case "tool_result":
      case "tool_refused":
        this.#running = Math.max(0, this.#running - 1);
        this.#answered = true;
        return;
      case "text":
        // A model that speaks again has all results that it waited for, also one that its CLI never reported. Text that
        // follows a call at once may belong to the same message as the call.
        if (this.#answered) this.#running = 0;
        return;
      default:
        return;
    }
  }
}
