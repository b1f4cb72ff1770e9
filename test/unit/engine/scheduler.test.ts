import { describe, expect, it } from "vitest";
import { Scheduler } from "../../../src/engine/scheduler.js";

const entries = (...backends: string[]) => backends.map((backend, index) => ({ index, backend }));

describe("wakeAt", () => {
  it("is undefined while every slot is taken, though a backend has room: only an end makes a difference", () => {
    const scheduler = new Scheduler(entries("a", "b", "a"), { max_parallel: 2 });
    scheduler.start(0);
    scheduler.start(0);
    expect(scheduler.start(0)).toBeUndefined();
    expect(scheduler.wakeAt(0)).toBeUndefined();
  });

  it("is when the first pause of a task or a backend is over", () => {
    const scheduler = new Scheduler(entries("a", "b"), { max_parallel: 2 });
    const [first] = [scheduler.start(0)];
    if (!first) throw new Error("nothing started");
    scheduler.end(first);
    scheduler.requeue(first, 50);
    scheduler.park("b", 80);
    expect(scheduler.start(10)).toBeUndefined();
    expect(scheduler.wakeAt(10)).toBe(50);
    expect(scheduler.start(50)).toBe(first);
    expect(scheduler.wakeAt(50)).toBe(80);
  });
});
