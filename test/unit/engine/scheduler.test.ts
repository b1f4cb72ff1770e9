import { describe, expect, it } from "vitest";
import { Scheduler } from "../../../src/engine/scheduler.js";

/** Both clocks show the same. */
const at = (monotonic: number) => ({ monotonic, wall: monotonic });
const entries = (...backends: string[]) => backends.map((backend, index) => ({ index, backend }));

describe("wait", () => {
  it("is undefined while every slot is taken, though a backend has room: only an end makes a difference", () => {
    const scheduler = new Scheduler(entries("a", "b", "a"), { max_parallel: 2 });
    scheduler.start(at(0));
    scheduler.start(at(0));
    expect(scheduler.start(at(0))).toBeUndefined();
    expect(scheduler.wait(at(0))).toBeUndefined();
  });

  it("lasts until the first pause of a task or a backend is over", () => {
    const scheduler = new Scheduler(entries("a", "b"), { max_parallel: 2 });
    const [first] = [scheduler.start(at(0))];
    if (!first) throw new Error("nothing started");
    scheduler.end(first);
    scheduler.requeue(first, 50);
    scheduler.park("b", 80);
    expect(scheduler.start(at(10))).toBeUndefined();
    expect(scheduler.wait(at(10))).toBe(40);
    expect(scheduler.start(at(50))).toBe(first);
    expect(scheduler.wait(at(50))).toBe(30);
  });
});

describe("pause", () => {
  it("lets one entry try when it is over, the rest when the backend is open again, and fewer than before", () => {
    const scheduler = new Scheduler(entries("a", "a", "a", "a", "a", "a", "a"), { max_parallel: 4 });
    const [first] = [0, 1, 2, 3].map(() => scheduler.start(at(0)));
    if (!first) throw new Error("nothing started");
    expect(scheduler.end(first)).toBe(false);
    expect(scheduler.pause("a", 100)).toBe(2);
    expect(scheduler.wait(at(99))).toBe(1);
    expect(scheduler.start(at(99))).toBeUndefined();
    const probe = scheduler.start(at(100));
    expect(probe).toMatchObject({ index: 4 });
    if (!probe) return;
    expect(scheduler.isProbe(probe)).toBe(true);
    for (const entry of [1, 2, 3]) scheduler.end({ index: entry, backend: "a" });
    expect(scheduler.start(at(200))).toBeUndefined();
    expect(scheduler.wait(at(200))).toBeUndefined();
    expect(scheduler.open("a")).toBe(2);
    expect(scheduler.start(at(200))).toMatchObject({ index: 5 });
    expect(scheduler.start(at(200))).toBeUndefined();
  });

  it("grows no shorter, and halves the limit once", () => {
    const scheduler = new Scheduler(entries("a", "a", "a", "a"), { max_parallel: 4 });
    for (let count = 0; count < 4; count += 1) scheduler.start(at(0));
    scheduler.end({ index: 0, backend: "a" });
    expect(scheduler.pause("a", 100)).toBe(2);
    expect(scheduler.pause("a", 50)).toBeUndefined();
    expect(scheduler.pausedUntil("a")).toBe(100);
    scheduler.pause("a", 150);
    expect(scheduler.pausedUntil("a")).toBe(150);
    expect(scheduler.open("a")).toBe(2);
    expect(scheduler.pausedUntil("a")).toBeUndefined();
  });

  it("lets the next entry try if the one that tried ended without telling", () => {
    const scheduler = new Scheduler(entries("a", "a"), { max_parallel: 2 });
    scheduler.pause("a", 10);
    const probe = scheduler.start(at(10));
    if (!probe) throw new Error("nothing started");
    expect(scheduler.start(at(10))).toBeUndefined();
    expect(scheduler.end(probe)).toBe(true);
    expect(scheduler.start(at(10))).toMatchObject({ index: 1 });
  });

  it("is measured on the clock that never jumps, a reset on the other", () => {
    const scheduler = new Scheduler(entries("a", "b"), { max_parallel: 2 });
    scheduler.pause("a", 100);
    scheduler.park("b", 7000);
    expect(scheduler.wait({ monotonic: 40, wall: 9_000_000 })).toBe(0);
    expect(scheduler.start({ monotonic: 40, wall: 9_000_000 })).toMatchObject({ backend: "b" });
    expect(scheduler.wait({ monotonic: 40, wall: 0 })).toBe(60);
  });
});

it("only long parking keeps a run from waiting", () => {
  const scheduler = new Scheduler(entries("a", "a"), { max_parallel: 1 });
  scheduler.park("a", 300_000);
  expect(scheduler.onlyParkedLeft(at(0))).toBe(false);
  scheduler.park("a", 400_000);
  expect(scheduler.onlyParkedLeft(at(0))).toBe(true);
  expect(scheduler.onlyParkedLeft(at(100_000))).toBe(false);
});
