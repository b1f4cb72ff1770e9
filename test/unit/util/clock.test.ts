// The system's clock, where Node's own timers are not enough.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/util/clock.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DAY = 86_400_000;

it("waits for months, which a timer of Node's can't", () => {
  const called = vi.fn();
  systemClock.after(90 * DAY, called);
  vi.advanceTimersByTime(90 * DAY - 1);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(called).toHaveBeenCalledOnce();
});

it("can be told not to, also after a month", () => {
  const called = vi.fn();
  const cancel = systemClock.after(90 * DAY, called);
  vi.advanceTimersByTime(30 * DAY);
  cancel();
  vi.advanceTimersByTime(90 * DAY);
  expect(called).not.toHaveBeenCalled();
});
