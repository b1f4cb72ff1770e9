// Every wording in which the CLIs say when a limit ends, with the instant that it means.
import { describe, expect, test } from "vitest";
import { parseReset } from "../../../../src/backends/failure/reset-time.js";
import { instantsOf } from "../../../../src/backends/failure/zones.js";

const TOKYO = "Asia/Tokyo";

/** [text, now, expected UTC instant or undefined, local zone, seconds if relative] */
type Row = [text: string, now: string, expected: string | undefined, zone?: string, seconds?: number];

const rows: readonly Row[] = [
  // Claude Code
  ["Claude AI usage limit reached|1762952400", "2025-11-12T10:00:00Z", "2025-11-12T13:00:00Z"],
  ["Claude AI usage limit reached|1755615600", "2025-08-19T10:00:00Z", "2025-08-19T15:00:00Z"],
  ["Claude AI usage limit reached|1750708800000", "2025-06-23T10:00:00Z", "2025-06-23T20:00:00Z"],
  ["Your limit will reset at 3pm (America/Bogota).", "2025-06-23T16:24:00Z", "2025-06-23T20:00:00Z"],
  ["You've hit your session limit · resets 8:30pm (Asia/Tokyo)", "2026-07-13T06:41:00Z", "2026-07-13T11:30:00Z"],
  ["You've hit your limit · resets 9am (Europe/Berlin)", "2026-07-28T03:00:00Z", "2026-07-28T07:00:00Z"],
  ["resets 12:50am (America/Los_Angeles)", "2026-07-04T05:00:00Z", "2026-07-04T07:50:00Z"],
  ["resets 3:45pm", "2026-07-04T05:00:00Z", "2026-07-04T06:45:00Z", TOKYO],
  ["resets Feb 7, 11am (Asia/Seoul)", "2026-02-04T00:00:00Z", "2026-02-07T02:00:00Z"],
  ["resets Jan 18, 11:30am (Asia/Calcutta)", "2026-01-14T00:00:00Z", "2026-01-18T06:00:00Z"],
  ["resets 9am (America/Cordoba)", "2026-01-14T00:00:00Z", "2026-01-14T12:00:00Z"],
  ["resets Apr 23 at 4pm (America/Recife)", "2026-04-22T00:00:00Z", "2026-04-23T19:00:00Z"],
  ["resets Sep 15 at 7pm", "2026-09-12T00:00:00Z", "2026-09-15T10:00:00Z", TOKYO],
  ["Opus weekly limit reached ∙ resets Oct 31, 9am", "2025-10-28T00:00:00Z", "2025-10-31T09:00:00Z"],
  ["resets Oct 24", "2025-10-20T00:00:00Z", "2025-10-23T15:00:00Z", TOKYO],
  ["resets Mon 12:00am", "2026-07-02T12:00:00Z", "2026-07-05T15:00:00Z", TOKYO],
  ["resets 7pm (Europe/Barcelona)", "2026-07-02T02:00:00Z", "2026-07-02T10:00:00Z", TOKYO],
  ["spend limit reached (daily; resets 2026-08-09 00:00 UTC)", "2026-08-08T10:00:00Z", "2026-08-09T00:00:00Z", TOKYO],
  ["Limits will reset at 9:30 AM.", "2026-07-02T02:00:00Z", "2026-07-03T00:30:00Z", TOKYO],
  ["Retrying in 2892 seconds… (attempt 1/10)", "2026-07-02T02:00:00Z", "2026-07-02T02:48:12Z", "UTC", 2892],
  ["resetsAt: 1783173600", "2026-07-02T02:00:00Z", "2026-07-04T14:00:00Z"],
  // Codex
  ["try again in 5 days 22 hours 11 minutes.", "2025-09-19T12:00:00Z", "2025-09-25T10:11:00Z", "UTC", 511_860],
  ["try again in 5 days 22 hours 11\nminutes.", "2025-09-19T12:00:00Z", "2025-09-25T10:11:00Z", "UTC", 511_860],
  ["Try again in 3 hours 2 minutes.", "2025-09-19T12:00:00Z", "2025-09-19T15:02:00Z", "UTC", 10_920],
  ["try again in 1 day 1 hour 9 minutes.", "2025-09-19T12:00:00Z", "2025-09-20T13:09:00Z", "UTC", 90_540],
  ["or try again at 8:21 PM.", "2026-07-02T02:00:00Z", "2026-07-02T11:21:00Z", TOKYO],
  ["or try again at 8:21 PM.", "2026-07-02T12:00:00Z", "2026-07-02T11:21:00Z", TOKYO],
  ["try again at May 11th, 2026 1:36 PM.", "2026-05-08T02:00:00Z", "2026-05-11T04:36:00Z", TOKYO],
  ["try again at 10 de jul. de 2026, 11:52.", "2026-07-08T02:00:00Z", undefined],
  ["try again after September 6, 2026, 11:15.", "2026-09-05T02:00:00Z", "2026-09-06T02:15:00Z", TOKYO],
  ["resets_at: 1777936568, resets_in_seconds: 13872", "2026-05-04T19:24:00Z", "2026-05-04T23:16:08Z"],
  ["resets_in_seconds: 13872", "2026-05-04T19:24:56Z", "2026-05-04T23:16:08Z", "UTC", 13_872],
  [
    "X-Codex-Primary-Used-Percent: 40 X-Codex-Primary-Reset-At: 1777936568 X-Codex-Secondary-Used-Percent: 100 X-Codex-Secondary-Reset-At: 1778000000",
    "2026-05-04T19:24:56Z",
    "2026-05-05T16:53:20Z",
  ],
  ["X-Codex-Primary-Reset-After-Seconds: 13873", "2026-05-04T19:24:55Z", "2026-05-04T23:16:08Z", "UTC", 13_873],
  [
    "Please try again in 14.036s. Visit https://example.org",
    "2026-05-04T00:00:00Z",
    "2026-05-04T00:00:14.036Z",
    "UTC",
    14.036,
  ],
  ["Please try again in 28ms.", "2026-05-04T00:00:00Z", "2026-05-04T00:00:00.028Z", "UTC", 0.028],
  ["or wait for limits to reset (every 5h and every week.).", "2026-05-04T00:00:00Z", undefined],
  ["You've hit your usage limit. Try again later.", "2026-05-04T00:00:00Z", undefined],
  // Gemini CLI
  ["Your quota will reset after 21h53m56s.", "2026-05-09T11:43:00Z", "2026-05-10T09:36:56Z", "UTC", 78_836],
  ["Your quota will reset after 10m15s.", "2026-05-09T11:43:00Z", "2026-05-09T11:53:15Z", "UTC", 615],
  ["Your quota will reset after 10m.", "2026-05-09T11:43:00Z", "2026-05-09T11:53:00Z", "UTC", 600],
  ["Your quota will reset after 5s..", "2026-05-09T11:43:00Z", "2026-05-09T11:43:05Z", "UTC", 5],
  ["Your quota will reset after 0s.", "2026-05-09T11:43:00Z", "2026-05-09T11:43:00Z", "UTC", 0],
  ["Please retry in 44.097740004s.", "2026-05-09T11:43:00Z", "2026-05-09T11:43:44.097Z", "UTC", 44.097740004],
  ["Please retry in 900.2ms.", "2026-05-09T11:43:00Z", "2026-05-09T11:43:00.900Z", "UTC", 0.9002],
  ["Suggested retry after 60s.", "2026-05-09T11:43:00Z", "2026-05-09T11:44:00Z", "UTC", 60],
  ['"retryDelay":"68940s"', "2026-05-09T00:00:00Z", "2026-05-09T19:09:00Z", "UTC", 68_940],
  ['"retryDelay":"0.539477544s"', "2026-05-09T00:00:00Z", "2026-05-09T00:00:00.539Z", "UTC", 0.539477544],
  ["retryDelayMs: 34000.5", "2026-05-09T00:00:00Z", "2026-05-09T00:00:34.000Z", "UTC", 34.0005],
  [
    'quotaResetDelay:"539.477544ms", quotaResetTimeStamp:"2025-10-20T19:14:08Z"',
    "2025-10-20T19:14:07Z",
    "2025-10-20T19:14:08Z",
  ],
  ['quotaResetDelay:"539.477544ms"', "2025-10-20T19:14:07Z", "2025-10-20T19:14:07.539Z", "UTC", 0.539477544],
  ["Access resets at 11:00 AM GMT+2.", "2026-05-09T03:00:00Z", "2026-05-09T09:00:00Z", TOKYO],
  ["Access resets at 3:45 PM PST.", "2026-01-09T03:00:00Z", "2026-01-09T23:45:00Z", TOKYO],
  ["resets in 13h 20m", "2026-05-09T00:00:00Z", "2026-05-09T13:20:00Z", "UTC", 48_000],
  ["10 hours 5 minutes at 3:04 PM PDT", "2026-05-09T00:00:00Z", "2026-05-09T10:05:00Z", "UTC", 36_300],
  // Stamps with an offset
  ["reset at 2026-08-09T02:00:00+02:00", "2026-08-08T10:00:00Z", "2026-08-09T00:00:00Z", TOKYO],
  ["resets 2026-08-09 02:00 +0200", "2026-08-08T10:00:00Z", "2026-08-09T00:00:00Z", TOKYO],
  ["try again at 2026-08-08T19:30:00.123-04:30.", "2026-08-08T10:00:00Z", "2026-08-09T00:00:00Z", TOKYO],
  ["resets 2026-08-09 00:00:00Z", "2026-08-08T10:00:00Z", "2026-08-09T00:00:00Z", TOKYO],
  // A third-party service behind one of the CLIs
  [
    "[1308][Usage limit reached for 5 hour. Your limit will reset at 2026-09-08 14:29:33]",
    "2026-09-08T00:00:00Z",
    "2026-09-08T05:29:33Z",
    TOKYO,
  ],
];

describe("reset times", () => {
  test.each([...rows])("%s (now %s)", (text, now, expected, zone = "UTC", seconds) => {
    const reset = parseReset(text, { now: new Date(now), time_zone: zone });
    expect(reset?.resets_at?.toISOString()).toBe(expected === undefined ? undefined : new Date(expected).toISOString());
    expect(reset?.retry_after_seconds).toBe(seconds);
  });

  test("a span on a nearby line beats the clock, which never shows its date", () => {
    const text = "Usage limit reached. Access resets at 11:00 AM GMT+2.\nYour quota will reset after 26h0m0s.";
    const reset = parseReset(text, { now: new Date("2026-05-09T07:00:00Z"), time_zone: "UTC" });
    expect(reset?.retry_after_seconds).toBe(93_600);
  });

  test("the clock of a session limit that would be more than 5 hours ahead has just passed", () => {
    const text = "You've hit your session limit · resets 3pm (Europe/Berlin)";
    const reset = parseReset(text, { now: new Date("2026-07-28T13:10:00Z"), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe("2026-07-28T13:00:00.000Z");
  });

  test("a weekly limit may be most of a day ahead", () => {
    const text = "You've hit your weekly limit · resets 4am (Europe/Madrid)";
    const reset = parseReset(text, { now: new Date("2026-07-28T03:00:00Z"), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe("2026-07-29T02:00:00.000Z");
  });

  test.each([
    ["weekly limit · resets 11:58am", "2026-07-28T12:00:00Z", "2026-07-28T11:58:00.000Z"],
    ["weekly limit · resets 11:50am", "2026-07-28T12:00:00Z", "2026-07-28T11:50:00.000Z"],
    ["weekly limit · resets 11:49am", "2026-07-28T12:00:00Z", "2026-07-29T11:49:00.000Z"],
    ["resets 11:58pm", "2026-07-28T00:03:00Z", "2026-07-27T23:58:00.000Z"],
    ["or try again at 11:58 PM.", "2026-07-28T00:03:00Z", "2026-07-27T23:58:00.000Z"],
    ["resets Tue 11:58am", "2026-07-28T12:00:00Z", "2026-07-28T11:58:00.000Z"],
    ["resets Mon 11:58pm", "2026-07-28T00:03:00Z", "2026-07-27T23:58:00.000Z"],
  ])("a clock of the last ten minutes has just passed: %s at %s", (text, now, expected) => {
    const reset = parseReset(text, { now: new Date(now), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe(expected);
  });

  test("dates without a year are the nearest ones, across New Year in both directions", () => {
    const at = (text: string, now: string) =>
      parseReset(text, { now: new Date(now), time_zone: "UTC" })?.resets_at?.toISOString();
    expect(at("resets Jan 2, 9am", "2026-12-30T00:00:00Z")).toBe("2027-01-02T09:00:00.000Z");
    expect(at("resets Dec 31, 11pm", "2027-01-01T00:30:00Z")).toBe("2026-12-31T23:00:00.000Z");
    expect(at("resets Feb 7, 11am", "2026-02-07T11:05:00Z")).toBe("2026-02-07T11:00:00.000Z");
  });

  test("a weekday is today while it is still ahead, and next week afterwards", () => {
    const at = (now: string) => parseReset("resets Thu 3:00pm", { now: new Date(now), time_zone: "UTC" });
    expect(at("2026-07-02T12:00:00Z")?.resets_at?.toISOString()).toBe("2026-07-02T15:00:00.000Z");
    expect(at("2026-07-02T16:00:00Z")?.resets_at?.toISOString()).toBe("2026-07-09T15:00:00.000Z");
  });

  test("midnight: 12am is the start of the day, 12pm its middle", () => {
    const at = (text: string) => parseReset(text, { now: new Date("2026-07-02T10:00:00Z"), time_zone: "UTC" });
    expect(at("resets 12am")?.resets_at?.toISOString()).toBe("2026-07-03T00:00:00.000Z");
    expect(at("resets 12pm")?.resets_at?.toISOString()).toBe("2026-07-02T12:00:00.000Z");
  });

  test("nonsense gives nothing and never throws", () => {
    const context = { now: new Date("2026-07-02T10:00:00Z"), time_zone: "UTC" };
    for (const text of ["", "resets 99pm", "resets Feb 40, 9am", "|12", "resets never", "try again in a while"]) {
      expect(parseReset(text, context)).toBeUndefined();
    }
  });
});

describe("daylight saving", () => {
  test("a clock on the day when the clocks go forward", () => {
    const reset = parseReset("resets 9am (Europe/Berlin)", { now: new Date("2026-03-29T00:30:00Z"), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe("2026-03-29T07:00:00.000Z");
  });

  test("a clock on the day when the clocks go back", () => {
    const reset = parseReset("resets 9am (Europe/Berlin)", { now: new Date("2026-10-25T00:30:00Z"), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe("2026-10-25T08:00:00.000Z");
  });

  test("a time that the clocks skip is one hour later, one that comes twice is both", () => {
    const iso = (month: number, day: number) =>
      instantsOf({ year: 2026, month, day, hour: 2, minute: 30 }, "Europe/Berlin").map((instant) =>
        instant.toISOString(),
      );
    expect(iso(3, 29)).toEqual(["2026-03-29T01:30:00.000Z"]);
    expect(iso(10, 25)).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
  });

  test.each([
    // Berlin, 2:45 the first time; 2:35 the second time; New York, 1:15 the second time.
    ["resets 2:30am (Europe/Berlin)", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00.000Z"],
    ["resets 2:30am (Europe/Berlin)", "2026-10-25T01:35:00Z", "2026-10-25T01:30:00.000Z"],
    ["resets 1:45am (America/New_York)", "2026-11-01T06:15:00Z", "2026-11-01T06:45:00.000Z"],
    ["resets Oct 25, 2:30am (Europe/Berlin)", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00.000Z"],
    ["resets Sun 2:30am (Europe/Berlin)", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00.000Z"],
    ["resets 2:30am (Europe/Berlin)", "2026-03-29T00:45:00Z", "2026-03-29T01:30:00.000Z"],
    ["resets 2am (Pacific/Auckland)", "2021-09-25T10:00:00Z", "2021-09-25T14:00:00.000Z"],
  ])("in an hour that comes twice or never: %s at %s", (text, now, expected) => {
    const reset = parseReset(text, { now: new Date(now), time_zone: "UTC" });
    expect(reset?.resets_at?.toISOString()).toBe(expected);
  });
});
