// A clock in a reset text, in any zone and at any time, against a search minute by minute.
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseReset } from "../../../../src/backends/failure/reset-time.js";

const ZONES = [...Intl.supportedValuesOf("timeZone"), "UTC"];
const MINUTE = 60_000;
const JUST_PASSED = 10 * MINUTE;

/** Reads a zone's clock as if it were UTC, in minutes since 1970. */
function clockOf(zone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (minute) => {
    const parts = new Map(format.formatToParts(minute * MINUTE).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN;
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute")) / MINUTE;
  };
}

/** The first moment, not more than ten minutes ago, at which the zone's clocks show the time or would without a skip. */
function slowly(zone: string, target: number, now: number): number {
  const clock = clockOf(zone);
  const first = Math.floor(now / MINUTE) - 4 * 60;
  let before = clock(first - 1);
  for (let minute = first; ; minute += 1) {
    const shown = clock(minute);
    // The clock skips in spring: each skipped time is as long after the skip begins as its name says.
    for (let skipped = before + 1; skipped <= Math.max(shown, before + 1); skipped += 1) {
      const isShown = shown === skipped || (shown > before + 1 && skipped < shown);
      const at = (minute + (shown === skipped ? 0 : skipped - before - 1)) * MINUTE;
      if (isShown && skipped % 1440 === target && at >= now - JUST_PASSED) return at;
    }
    if (shown <= before && shown % 1440 === target && minute * MINUTE >= now - JUST_PASSED) return minute * MINUTE;
    before = shown;
  }
}

/** A moment, most often near a change of the zone's clocks. */
const moments = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    day: fc.integer({ min: 18_262, max: 22_645 }),
    ms: fc.integer({ min: -4 * 3_600_000, max: 4 * 3_600_000 }),
    near: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ zone, day, ms, near }) => {
    const clock = clockOf(zone);
    const offset = (minute: number) => clock(minute) - minute;
    const changes = Array.from({ length: 200 }, (_, days) => (day + days) * 1440).find(
      (minute) => offset(minute) !== offset(minute + 1440),
    );
    if (near === 0 || changes === undefined) return { zone, now: day * 86_400_000 + ms };
    let [low, high] = [changes, changes + 1440];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    return { zone, now: high * MINUTE + ms };
  });

/** Minutes of the day, most often in the hours in which clocks change. */
const times = fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 239 }));

const words = (minutes: number) => {
  const hour = Math.floor(minutes / 60);
  return `${hour % 12 || 12}:${String(minutes % 60).padStart(2, "0")}${hour < 12 ? "am" : "pm"}`;
};

it("a clock is its next occurrence, or one that has just passed, on days on which the clocks change, too", () => {
  fc.assert(
    fc.property(moments, times, fc.boolean(), ({ zone, now }, time, named) => {
      const text = `weekly limit reached · resets ${words(time)}${named ? ` (${zone})` : ""}`;
      const reset = parseReset(text, { now: new Date(now), time_zone: named ? "UTC" : zone });
      expect(reset?.resets_at?.toISOString()).toBe(new Date(slowly(zone, time, now)).toISOString());
    }),
    { numRuns: 100 },
  );
});

it("a session limit is at most five hours ahead, whatever its clock says", () => {
  fc.assert(
    fc.property(moments, times, ({ zone, now }, time) => {
      const text = `You've hit your session limit · resets ${words(time)} (${zone})`;
      const at = parseReset(text, { now: new Date(now), time_zone: "UTC" })?.resets_at?.getTime() ?? Number.NaN;
      expect(at - now).toBeLessThanOrEqual(5 * 3_600_000 + 300_000);
      expect(now - at).toBeLessThan(26 * 3_600_000);
    }),
  );
});
