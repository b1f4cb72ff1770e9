import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isQuota, isThrottle, needsPatience, pauseAfter } from "../../../src/engine/patience.js";
import { type Decision, decide, type Situation } from "../../../src/engine/retry.js";
import { FAILURE_KINDS, type Failure } from "../../../src/schema/failure.js";
import { RETRIED_KINDS } from "../../../src/schema/failure-kinds/kinds.js";
import { ON_QUOTA } from "../../../src/schema/task-input.js";

const NOW = Date.parse("2026-03-28T23:59:30Z");

const failures = fc.record(
  {
    kind: fc.constantFrom(...FAILURE_KINDS),
    message: fc.constant("x"),
    retry_after_seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    resets_at: fc.integer({ min: -1e6, max: 1e6 }).map((seconds) => new Date(NOW + seconds * 1000).toISOString()),
  },
  { requiredKeys: ["kind", "message"] },
);

const situations: fc.Arbitrary<Situation> = fc.record({
  failure: failures,
  task: fc.record(
    {
      retries: fc.nat({ max: 5 }),
      patience_seconds: fc.constantFrom(0, 1, 60, 600),
      retry_on: fc.subarray([...FAILURE_KINDS]),
      retry_on_side_effects: fc.boolean(),
      fallback_on: fc.subarray([...FAILURE_KINDS]),
    },
    { requiredKeys: ["patience_seconds", "retry_on", "retry_on_side_effects", "fallback_on"] },
  ),
  may_have_written: fc.boolean(),
  repair_prompt: fc.option(fc.constant("again"), { nil: undefined }),
  repaired: fc.boolean(),
  retries: fc.nat({ max: 6 }),
  tried_ms: fc.nat({ max: 700_000 }),
  pause_ms: fc.nat({ max: 90_000 }),
  waits: fc.nat({ max: 25 }),
  has_fallback: fc.boolean(),
  on_quota: fc.constantFrom(...ON_QUOTA),
  now: fc.constant(NOW),
});

function holds(check: (situation: Situation, decision: Decision) => void): void {
  fc.assert(
    fc.property(situations, (situation) => check(situation, decide(situation))),
    { numRuns: 2000 },
  );
}

function asked({ resets_at, retry_after_seconds }: Failure): number {
  const reset = resets_at === undefined ? 0 : Date.parse(resets_at) - NOW;
  return Math.max(0, reset, (retry_after_seconds ?? 0) * 1000);
}

it("never tries again what may have changed something, unless the task says so", () => {
  holds((situation, decision) => {
    if (situation.may_have_written && !situation.task.retry_on_side_effects) expect(decision.type).toBe("give_up");
  });
});

it("tries again what retry_on names: by time where waiting helps, and never beyond the number that the user gives", () => {
  holds(({ failure, retries, task, tried_ms, pause_ms, has_fallback }, decision) => {
    if (decision.type !== "retry") return;
    expect(task.retry_on).toContain(failure.kind);
    if (task.retries !== undefined) expect(retries).toBeLessThan(task.retries);
    const byTime = RETRIED_KINDS.includes(failure.kind);
    if (byTime) expect(tried_ms + pause_ms).toBeLessThan(task.patience_seconds * 1000);
    // Where another backend would take it, nobody waits for the patience to end.
    const turns = has_fallback && task.fallback_on.includes(failure.kind);
    if (!byTime || turns) expect(retries).toBeLessThan(task.retries ?? 2);
  });
});

it("gives up for lack of patience only what was tried for long enough", () => {
  holds(({ task, tried_ms, pause_ms }, decision) => {
    if (decision.type === "give_up" && decision.out_of_patience)
      expect(tried_ms + pause_ms).toBeGreaterThanOrEqual(task.patience_seconds * 1000);
  });
});

it("parks a lane until after the reset, at least a minute, and only so often", () => {
  holds(({ failure, waits, on_quota }, decision) => {
    if (decision.type !== "park") return;
    expect(isQuota(failure, NOW)).toBe(true);
    if (failure.kind !== "quota_exhausted") expect(asked(failure)).toBeGreaterThan(300_000);
    expect(on_quota).not.toBe("fail");
    expect(waits).toBeLessThan(20);
    expect(decision.until).toBeGreaterThanOrEqual(NOW + 60_000);
    if (failure.resets_at !== undefined) expect(decision.until).toBeGreaterThan(Date.parse(failure.resets_at));
  });
});

it("turns away only where there is somewhere to turn to, and repairs only once", () => {
  holds((situation, decision) => {
    if (decision.type === "fall_back") expect(situation.has_fallback).toBe(true);
    if (decision.type === "repair")
      expect([situation.repaired, situation.failure.kind]).toEqual([false, "schema_invalid"]);
  });
});

describe("pauses", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it("are never shorter than what the service asks, and hardly longer than that or their step", () => {
    fc.assert(
      fc.property(failures, fc.integer({ min: 1, max: 12 }), random, (failure, count, chance) => {
        const pause = pauseAfter(failure, count, Number.POSITIVE_INFINITY, NOW, chance);
        const wanted = asked(failure);
        expect(pause.ms).toBeGreaterThanOrEqual(Math.round(wanted));
        const step = needsPatience(failure) ? [5, 10, 20, 40, 60][Math.min(count - 1, 4)] : 0;
        expect(pause.ms).toBeLessThanOrEqual(Math.max(wanted + 1000, (step ?? 0) * 1250) + 1);
        if (pause.asked) expect(wanted).toBeGreaterThan(0);
      }),
    );
  });

  it.each([0, 0.5, 0.999])("grow to a minute if the service asks for nothing (chance %d)", (chance) => {
    const failure: Failure = { kind: "overloaded", message: "529" };
    const seconds = [1, 2, 3, 4, 5, 6].map((count) => pauseAfter(failure, count, 600_000, NOW, chance).ms / 1000);
    for (const [index, step] of [5, 10, 20, 40, 60, 60].entries()) {
      expect(seconds[index]).toBeGreaterThanOrEqual(step);
      expect(seconds[index]).toBeLessThanOrEqual(step * 1.25);
    }
  });

  it("are those of the service, and longer only if these were not enough", () => {
    const failure: Failure = { kind: "rate_limited", message: "429", retry_after_seconds: 1 };
    const pauses = [1, 2, 3].map((count) => pauseAfter(failure, count, 600_000, NOW, 0));
    expect(pauses).toEqual([
      { ms: 1000, asked: true },
      { ms: 5000, asked: false },
      { ms: 10_000, asked: false },
    ]);
    expect(pauseAfter({ ...failure, retry_after_seconds: 30 }, 2, 600_000, NOW, 0)).toEqual({
      ms: 30_000,
      asked: true,
    });
  });

  it("of ours end in time for a last attempt, if at least the shortest one still fits", () => {
    const failure: Failure = { kind: "network", message: "refused" };
    expect(pauseAfter(failure, 5, 30_000, NOW, 0)).toEqual({ ms: 29_999, asked: false });
    expect(pauseAfter(failure, 5, 4000, NOW, 0)).toEqual({ ms: 5000, asked: false });
    expect(pauseAfter({ ...failure, retry_after_seconds: 50 }, 5, 30_000, NOW, 0)).toEqual({ ms: 50_000, asked: true });
  });

  it("do not help other failures", () => {
    expect(pauseAfter({ kind: "crashed", message: "x" }, 3, 600_000, NOW, 0.9)).toEqual({ ms: 0, asked: false });
  });

  it("a throttle beyond five minutes is a quota", () => {
    for (const kind of ["rate_limited", "overloaded"] as const) {
      const asks = (retry_after_seconds: number) => ({ kind, message: "x", retry_after_seconds });
      expect([isThrottle(asks(300), NOW), isQuota(asks(300), NOW)]).toEqual([true, false]);
      expect([isThrottle(asks(301), NOW), isQuota(asks(301), NOW)]).toEqual([false, true]);
    }
  });
});
