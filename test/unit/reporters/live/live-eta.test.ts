import { describe, expect, it } from "vitest";
import { secondsLeft } from "../../../../src/reporters/live/live-eta.js";
import type { RunEventBody } from "../../../../src/schema/event.js";
import type { TaskRecord } from "../../../../src/schema/result.js";
import { failed, plannedOf, record, runStarted, taskFinished, taskStarted } from "../run-events.js";
import { frameAt, live, START, tasks } from "./live-events.js";

const MAX = { max_parallel: 2 };
const taking = (seconds: number, count: number, fields: Partial<TaskRecord> = {}) =>
  tasks(count, { duration_seconds: seconds, ...fields });
const ends = (results: readonly TaskRecord[], count: number) => results.slice(0, count).map(taskFinished);
const left = (bodies: readonly RunEventBody[], seconds: number, rules = {}) =>
  secondsLeft(live(bodies, rules), START + seconds * 1000);

describe("the time that is left", () => {
  it("is not told before three tasks have succeeded", () => {
    const all = taking(10, 9);
    expect(left([runStarted(all, MAX), ...ends(all, 2)], 9)).toBeUndefined();
    expect(left([runStarted(all, MAX), ...ends(all, 2), taskFinished(failed({ index: 2 }))], 9)).toBeUndefined();
    expect(left([runStarted(all, MAX), ...ends(all, 3)], 9)).toBe(30);
  });

  it("fills the slots one after another: 6 tasks on 2 slots take 3 rounds, 7 take 4", () => {
    for (const [count, seconds] of [
      [9, 30],
      [10, 40],
    ] as const) {
      const all = taking(10, count);
      expect(left([runStarted(all, MAX), ...ends(all, 3)], 9)).toBe(seconds);
    }
  });

  it("takes off what running tasks have done already", () => {
    const all = taking(10, 6);
    // Started at second 4: 3 of 10 seconds are over; the other slot is free for one of the two that wait, then the next.
    const bodies = [runStarted(all, MAX), ...ends(all, 3), taskStarted(record({ index: 3 }))];
    expect(left(bodies, 7)).toBe(17);
  });

  it("learns from a running task that already takes longer than the others", () => {
    const all = taking(10, 4);
    const bodies = [runStarted(all, MAX), ...ends(all, 3), taskStarted(record({ index: 3 }))];
    // The average of 10, 10, 10 and 70 is 25; it is never almost done, so a quarter of that.
    expect(left(bodies, 74)).toBe(25 / 4);
  });

  it("knows that backends differ", () => {
    const all = [
      ...taking(10, 2),
      ...[2, 3].map((index) => record({ index, backend: "codex", duration_seconds: 100 })),
    ];
    const more = [
      record({ index: 4 }),
      record({ index: 5, backend: "codex" }),
      record({ index: 6, backend: "gemini" }),
    ];
    const bodies = (rest: TaskRecord) => [runStarted([...all, rest], MAX), ...ends(all, 4)];
    expect(more.map((rest) => left(bodies(rest), 9))).toEqual([10, 100, 55]);
  });

  it("heeds the limit of a lane, configured or learned", () => {
    const all = taking(10, 7);
    const bodies = [runStarted(all, { max_parallel: 4 }), ...ends(all, 3)];
    expect(left(bodies, 9)).toBe(10);
    expect(left(bodies, 9, { lane_caps: { claude: 2 } })).toBe(20);
    const throttled: RunEventBody = { type: "lane_changed", backend: "claude", limit: 1, reason: "throttled" };
    expect(left([...bodies, throttled], 9)).toBe(40);
  });

  it("counts the wait for a quota if the run waits, and leaves those tasks out if it does not", () => {
    const all = [...taking(10, 4), record({ index: 4, backend: "codex" })];
    const until = new Date(START + 3_600_000).toISOString();
    const failure = { kind: "quota_exhausted", message: "used up" } as const;
    const parked: RunEventBody = { type: "lane_parked", backend: "claude", until, failure };
    const bodies = [runStarted(all, MAX), ...ends(all, 3), parked];
    expect(left(bodies, 600, { waits_for_quota: true })).toBe(3010);
    expect(left(bodies, 600)).toBe(10);
  });

  it("has the judge in it, who comes last", () => {
    const all = taking(10, 5);
    const judge = record({ index: 5, task_id: "judge", name: "Judge", backend: "codex" });
    const begin = runStarted(all, { ...MAX, judge: plannedOf(judge) });
    expect(left([begin, ...ends(all, 3)], 9)).toBe(10 + 10);
    expect(left([begin, ...ends(all, 5)], 9)).toBe(10);
    // Started at second 6.
    expect(left([begin, ...ends(all, 5), taskStarted(judge)], 9)).toBe(7);
    const failure = { kind: "overloaded", message: "busy" } as const;
    const again: RunEventBody = {
      ...{ type: "task_retrying", task_id: "judge", attempt: 1, failure, delay_seconds: 30, backend: "codex" },
    };
    expect(left([begin, ...ends(all, 5), taskStarted(judge), again], 17)).toBe(30);
    expect(left([begin, ...ends(all, 5), taskFinished(judge)], 9)).toBeUndefined();
    const waits = taskFinished(record({ index: 4, status: "WAITING" }));
    expect(left([begin, ...ends(all, 4), waits], 9)).toBeUndefined();
  });

  it("is not told when nothing is left, nor once the run is being ended", () => {
    const all = taking(10, 5);
    expect(left([runStarted(all, MAX), ...ends(all, 5)], 9)).toBeUndefined();
    const stopped = taskFinished(record({ index: 4, status: "CANCELED" }));
    expect(left([runStarted(all, MAX), ...ends(all, 3), stopped], 9)).toBeUndefined();
  });

  it("is told without false precision", () => {
    const last = (seconds: number, count: number) => {
      const all = taking(seconds, count);
      return frameAt(9, live([runStarted(all, MAX), ...ends(all, 3)])).at(-1);
    };
    expect(last(1, 4)).toMatch(/ · about 5 s left$/);
    expect(last(12, 4)).toMatch(/ · about 10 s left$/);
    expect(last(100, 4)).toMatch(/ · about 2 min left$/);
    expect(last(5000, 4)).toMatch(/ · about 1 h 23 min left$/);
  });
});
