import fc from "fast-check";
import { expect, it } from "vitest";
import { type Decision, decide, type Situation } from "../../../src/engine/retry.js";
import { FAILURE_KINDS } from "../../../src/schema/failure.js";
import { RETRIED_KINDS } from "../../../src/schema/failure-kinds/kinds.js";
import { ON_QUOTA } from "../../../src/schema/task-input.js";

const NOW = Date.parse("2026-03-28T23:59:30Z");

const situations: fc.Arbitrary<Situation> = fc.record({
  failure: fc.record(
    {
      kind: fc.constantFrom(...FAILURE_KINDS),
      message: fc.constant("x"),
      retry_after_seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
      resets_at: fc.integer({ min: -1e6, max: 1e6 }).map((seconds) => new Date(NOW + seconds * 1000).toISOString()),
    },
    { requiredKeys: ["kind", "message"] },
  ),
  task: fc.record({
    retries: fc.nat({ max: 5 }),
    retry_on: fc.subarray([...FAILURE_KINDS]),
    retry_on_side_effects: fc.boolean(),
    fallback_on: fc.subarray([...FAILURE_KINDS]),
  }),
  may_have_written: fc.boolean(),
  repair_prompt: fc.option(fc.constant("again"), { nil: undefined }),
  repaired: fc.boolean(),
  retries: fc.nat({ max: 6 }),
  waits: fc.nat({ max: 25 }),
  has_fallback: fc.boolean(),
  on_quota: fc.constantFrom(...ON_QUOTA),
  now: fc.constant(NOW),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
});

function holds(check: (situation: Situation, decision: Decision) => void): void {
  fc.assert(
    fc.property(situations, (situation) => check(situation, decide(situation))),
    { numRuns: 2000 },
  );
}

it("never tries again what may have changed something, unless the task says so", () => {
  holds((situation, decision) => {
    if (situation.may_have_written && !situation.task.retry_on_side_effects) expect(decision.type).toBe("give_up");
  });
});

it("draws each pause below a ceiling that doubles up to a minute, and never below what the service asks", () => {
  holds(({ failure, retries, task }, decision) => {
    if (decision.type !== "retry") return;
    const reset = failure.resets_at === undefined ? 0 : Date.parse(failure.resets_at) - NOW;
    const asked = Math.max(0, reset, (failure.retry_after_seconds ?? 0) * 1000);
    expect(decision.delay_ms).toBeGreaterThanOrEqual(asked);
    expect(decision.delay_ms).toBeLessThanOrEqual(Math.max(asked, Math.min(60_000, 2_000 * 2 ** retries)));
    expect(retries).toBeLessThan(task.retries ?? 2);
    expect(task.retry_on).toContain(failure.kind);
  });
});

it("uses the whole range of a pause", () => {
  const situation: Situation = {
    failure: { kind: "network", message: "x" },
    task: { retries: 9, retry_on: RETRIED_KINDS, retry_on_side_effects: false, fallback_on: [] },
    may_have_written: false,
    repaired: false,
    retries: 1,
    waits: 0,
    has_fallback: false,
    on_quota: "park",
    now: NOW,
    random: () => 0,
  };
  const delay = (random: number) => decide({ ...situation, random: () => random });
  expect(delay(0)).toEqual({ type: "retry", delay_ms: 0 });
  expect(delay(0.999999)).toEqual({ type: "retry", delay_ms: 4000 });
});

it("parks a lane until after the reset, at least a minute, and only so often", () => {
  holds(({ failure, waits, on_quota }, decision) => {
    if (decision.type !== "park") return;
    expect(["quota_exhausted", "rate_limited"]).toContain(failure.kind);
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
