import { describe, expect, it } from "vitest";
import { type Again, againWords, agoText, localMinutes, momentWords, spanWords } from "../../../src/util/time-text.js";

const at = (...parts: [number, number, number, number, number]) => new Date(...parts);

describe("momentWords", () => {
  const now = at(2026, 6, 1, 13, 47).getTime();
  it.each([
    ["today, by the clock alone", at(2026, 6, 1, 15, 50), "15:50 (in 2 h 3 min)"],
    ["another day, with the date", at(2026, 6, 2, 1, 5), "2026-07-02 01:05 (in 11 h 18 min)"],
    ["days ahead", at(2026, 6, 7, 11, 58), "2026-07-07 11:58 (in 5 d 22 h)"],
    ["what has passed has no span", at(2026, 6, 1, 13, 46), "13:46"],
  ])("%s", (_, moment, words) => {
    expect(momentWords(moment.toISOString(), now)).toBe(words);
  });
});

it("agoText tells when something was", () => {
  const now = Date.parse("2026-01-10T12:00:00Z");
  const before = (seconds: number) => agoText(new Date(now - seconds * 1000).toISOString(), now);
  expect([3, 30, 300, 7200, 172_800].map(before)).toEqual(["now", "30 s ago", "5 min ago", "2 h ago", "2 d ago"]);
  expect(before(20 * 86_400)).toMatch(/^2025-12-2\d$/);
});

describe("spanWords", () => {
  it.each([
    [0.2, "1 s"],
    [59, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [3600, "1 h"],
    [3660, "1 h 1 min"],
    [86_400, "1 d"],
    [511_860, "5 d 22 h"],
  ])("%d s is %s", (seconds, words) => {
    expect(spanWords(seconds)).toBe(words);
  });
});

describe("localMinutes", () => {
  it("is local time, whatever the zone of the text", () => {
    expect(localMinutes(at(2026, 0, 9, 3, 4).toISOString())).toBe("2026-01-09 03:04");
  });
  it("leaves alone what is no time", () => {
    expect(localMinutes("soon")).toBe("soon");
  });
});

it.each<[words: string, again: Again]>([
  ["now", { seconds: 0 }],
  ["in 5 s", { seconds: 5.2 }],
  ["in 1 s", { seconds: 0.1 }],
  ["in 20 s (the service asked for it)", { seconds: 20, asked_by_service: true }],
  [
    "in 20 s (the service asked for it), patience until 12:10",
    { seconds: 20, asked_by_service: true, patience_until: "2026-01-01T12:10:00" },
  ],
  ["in 2 min, patience until 2026-01-02 00:10", { seconds: 120, patience_until: "2026-01-02T00:10:00" }],
  ["now, for the last time", { seconds: 0, asked_by_service: true, patience_until: "2026-01-01T11:59:00" }],
])("another attempt follows %s", (words, again) => {
  expect(againWords(again, Date.parse("2026-01-01T12:00:00"))).toBe(words);
});
