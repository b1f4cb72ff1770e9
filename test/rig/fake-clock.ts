// Time that passes only when a test says so.
import type { Clock } from "../../src/util/clock.js";
import { settle } from "./fake-executor.js";

export class FakeClock implements Clock {
  /** What `now` is ahead of `monotonic`. */
  #offset: number;
  #passed = 0;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(start = "2026-03-28T12:00:00Z") {
    this.#offset = Date.parse(start);
  }

  now(): number {
    return this.#offset + this.#passed;
  }

  monotonic(): number {
    return this.#passed;
  }

  /** Somebody sets the machine's time: no time passes. */
  jump(seconds: number): void {
    this.#offset += seconds * 1000;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#passed + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers have neither gone off nor been canceled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets so many seconds pass, with every timer at its time and everything settled after each. */
  async pass(seconds: number): Promise<void> {
    const end = this.#passed + seconds * 1000;
    for (;;) {
      await settle();
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#passed = Math.max(this.#passed, next.at);
      next.callback();
    }
    this.#passed = end;
    await settle();
  }
}
