import { describe, expect, it } from "vitest";
import { liveView } from "../../../../src/reporters/live/live.js";
import { lazyWidth } from "../../../../src/reporters/live/live-text.js";
import { FakeClock } from "../../../rig/fake-clock.js";
import { numbered, record, runFinished, runStarted, taskFinished, taskStarted } from "../run-events.js";
import { output } from "./live-events.js";

function view() {
  const writes: string[] = [];
  const clock = new FakeClock("2026-01-02T03:04:05Z");
  const size = { columns: 80, rows: 24 };
  const live = liveView({
    terminal: { write: (text) => writes.push(text), size: () => ({ ...size }), reflows: true },
    rules: { lane_caps: {}, waits_for_quota: false },
    color: false,
    unicode: true,
    clock,
  });
  return { live, clock, writes, size };
}

const [one, two] = [record(), record({ index: 1 })];

describe("the live view", () => {
  it("draws ten times a second at most, however much happens", async () => {
    const { live, clock, writes } = view();
    for (const event of numbered([runStarted([one, two]), taskStarted(one)])) live.onEvent(event);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      for (let i = 0; i < 1000; i += 1) for (const event of numbered([output("task-1", `${i} `)])) live.onEvent(event);
      await clock.pass(0.1);
    }
    expect(writes.length).toBeGreaterThan(5);
    expect(writes.length).toBeLessThanOrEqual(11);
  });

  it("goes on while only time passes, and writes nothing when not even that shows", async () => {
    const { live, clock, writes } = view();
    for (const event of numbered([runStarted([one, two])])) live.onEvent(event);
    await clock.pass(60);
    expect(writes).toHaveLength(1);
    for (const event of numbered([taskStarted(one)])) live.onEvent(event);
    await clock.pass(60);
    expect(writes.length).toBeGreaterThan(60);
    expect(writes.at(-1)).toContain(" Task 1");
  });

  it("never shows an answer above the row of its task", async () => {
    const { live, clock, writes } = view();
    for (const event of numbered([runStarted([one, two]), taskStarted(one), taskStarted(two)])) live.onEvent(event);
    await clock.pass(1);
    for (const event of numbered([taskFinished(one)])) live.onEvent(event);
    const { length } = writes;
    live.above("the answer\n", (text) => writes.push(text));
    const after = writes.slice(length).join("");
    expect(after).toContain("the answer\n");
    expect(after).toContain(" Task 2");
    expect(after).not.toContain(" Task 1");
  });

  it("is gone after the last event, once and for all", async () => {
    const { live, clock, writes } = view();
    for (const event of numbered([runStarted([one]), taskStarted(one)])) live.onEvent(event);
    await clock.pass(1);
    for (const event of numbered([taskFinished(one), runFinished()])) live.onEvent(event);
    expect(writes.at(-1)).toBe("\x1b[?25h");
    const { length } = writes;
    live.close();
    live.resized();
    await clock.pass(10);
    expect(writes).toHaveLength(length);
  });

  it("is drawn anew when the terminal has another size, even if nothing runs", async () => {
    const { live, clock, writes, size } = view();
    for (const event of numbered([runStarted([one])])) live.onEvent(event);
    await clock.pass(0.5);
    const { length } = writes;
    size.columns = 8;
    live.resized();
    await clock.pass(0.1);
    expect(writes.slice(length).join("")).toContain("0/1 done");
  });
});

describe("a width that loads its tables late", () => {
  it("is an upper bound until it is exact", async () => {
    let width = (_: string) => 0;
    await new Promise<void>((loaded) => {
      width = lazyWidth(loaded);
      expect([width("plain"), width("grüße …"), width("日本")]).toEqual([5, 7, 4]);
      expect(width("👩‍👩‍👧‍👦")).toBeGreaterThan(2);
    });
    expect([width("日本"), width("👩‍👩‍👧‍👦")]).toEqual([4, 2]);
  });
});
