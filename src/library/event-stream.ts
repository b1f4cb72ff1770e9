// Gives programs the events of a run to iterate over. A slow reader must see every event and must not slow the run down,
// so unread events stay in memory, without a limit.
import { EventEmitter, on } from "node:events";
import type { Reporter } from "../reporters/reporter.js";
import type { RunEvent } from "../schema/event.js";

export class EventStream implements Reporter {
  readonly #emitter = new EventEmitter<{ event: [RunEvent]; end: [] }>().setMaxListeners(0);
  #ended = false;

  onEvent(event: RunEvent): void {
    this.#emitter.emit("event", event);
  }

  close(): void {}

  /** Call after the last event: readers get the events that they have not read yet, and then the end. */
  end(): void {
    this.#ended = true;
    this.#emitter.emit("end");
  }

  /** The events from now on. Any number of `next()` may be pending; `return()` ends them. */
  iterate(): AsyncIterator<RunEvent, undefined> {
    const source = on(this.#emitter, "event", { close: ["end"] });
    const done = { done: true, value: undefined } as const;
    if (this.#ended) void source.return?.();
    return {
      next: async () => {
        const next = await source.next();
        if (next.done) return done;
        // `on` yields the arguments of each `emit` call.
        const [event] = next.value as [RunEvent];
        return { done: false, value: event };
      },
      return: async () => {
        await source.return?.();
        return done;
      },
    };
  }
}
