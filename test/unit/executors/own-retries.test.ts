// When a CLI that retries by itself is stopped, and when it is left alone.
import { describe, expect, it } from "vitest";
import { OwnRetries } from "../../../src/executors/own-retries.js";
import type { Failure, FailureKind } from "../../../src/schema/failure.js";
import { FakeClock } from "../../rig/fake-clock.js";

const cause = (kind: FailureKind, more: Partial<Failure> = {}): Failure => ({ kind, message: "", ...more });
const THROTTLED = cause("rate_limited");

function watch({ patience_seconds = 600, asked = false } = {}) {
  const clock = new FakeClock();
  const stops: Failure[] = [];
  const retries = new OwnRetries({ patience_seconds, asked, clock, stop: (failure) => stops.push(failure) });
  return { clock, stops, retries };
}

describe("before the CLI has begun to answer", () => {
  it.each<FailureKind>(["rate_limited", "network", "not_authenticated"])("the first retry ends it: %s", (kind) => {
    const { retries, stops } = watch();
    retries.heard(cause(kind));
    expect(stops).toEqual([cause(kind)]);
  });

  it("a warning or a refused tool is no answer", () => {
    const { retries, stops } = watch();
    retries.goesOn(false);
    retries.heard(THROTTLED);
    expect(stops).toEqual([THROTTLED]);
  });
});

describe("once it has begun", () => {
  it("it may retry until the patience has passed since its first retry", async () => {
    const { retries, stops, clock } = watch({ patience_seconds: 60 });
    retries.goesOn(true);
    retries.heard(THROTTLED);
    await clock.pass(40);
    retries.heard(cause("overloaded"));
    await clock.pass(19);
    expect(stops).toEqual([]);
    await clock.pass(1);
    expect(stops).toEqual([THROTTLED]);
  });

  it("its going on gives it the whole patience again", async () => {
    const { retries, stops, clock } = watch({ patience_seconds: 60 });
    retries.goesOn(true);
    retries.heard(THROTTLED);
    await clock.pass(50);
    retries.goesOn(true);
    await clock.pass(50);
    retries.heard(THROTTLED);
    await clock.pass(59);
    expect(stops).toEqual([]);
    retries.end();
    expect(clock.pending).toBe(0);
  });

  it("a wait that ends after the patience is not begun", async () => {
    const { retries, stops, clock } = watch({ patience_seconds: 60 });
    retries.goesOn(true);
    retries.heard(cause("rate_limited", { retry_after_seconds: 30 }));
    await clock.pass(31);
    expect(stops).toEqual([]);
    const tooLong = cause("rate_limited", { retry_after_seconds: 30 });
    retries.heard(tooLong);
    expect(stops).toEqual([tooLong]);
  });

  it("a login may be refreshed for half a minute", async () => {
    const { retries, stops, clock } = watch();
    retries.goesOn(true);
    retries.heard(cause("not_authenticated"));
    await clock.pass(29);
    expect(stops).toEqual([]);
    await clock.pass(1);
    expect(stops).toEqual([cause("not_authenticated")]);
  });

  it("a prompt that is refused is not asked again", () => {
    const { retries, stops } = watch();
    retries.goesOn(true);
    retries.heard(cause("refused"));
    expect(stops).toEqual([cause("refused")]);
  });

  it("no patience means no retry", () => {
    const { retries, stops } = watch({ patience_seconds: 0 });
    retries.goesOn(true);
    retries.heard(THROTTLED);
    expect(stops).toEqual([THROTTLED]);
  });
});

it("retries that the user asked for go on from the start, until the patience has passed", async () => {
  const { retries, stops, clock } = watch({ patience_seconds: 60, asked: true });
  retries.heard(THROTTLED);
  expect(stops).toEqual([]);
  await clock.pass(60);
  expect(stops).toEqual([THROTTLED]);
});
