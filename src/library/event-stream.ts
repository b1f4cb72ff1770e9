// The events of a run for programs that iterate over them. A slow reader does not slow the run down, and must see every
// event: so unread events are kept in memory, without a limit.
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

  /** No event comes any more: readers get what they have not read yet, and then the end. */
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
        // `on` gives the arguments of a call of `emit`.
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
