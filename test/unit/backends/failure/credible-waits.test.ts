// A wait that no service can mean counts as not told: it must neither park a backend for years nor end in no date at all.
import { expect, it } from "vitest";
import { codexWords } from "../../../../src/backends/codex/codex-words.js";
import { FailureReader, type Stop } from "../../../../src/backends/failure/failures.js";

const now = new Date("2026-07-01T12:00:00Z");
const reader = new FailureReader("Codex", codexWords, () => ({ now, time_zone: "UTC" }));

it.each<[string, Stop]>([
  ["a time that is no date", { text: "You've hit your usage limit. Try again in 999999999999 days 5 hours." }],
  ["a number without end", { text: `Rate limit reached. Please try again in ${"9".repeat(400)}s` }],
  ["a year without sense", { text: "You've hit your usage limit. Try again at Jan 1st, 9999 3:00 PM." }],
  ["a field in years", { text: "x", kind: "rate_limited", retry_after_seconds: 1e12 }],
  ["an epoch of another time", { text: "x", kind: "quota_exhausted", resets_at: new Date(253_402_300_799_000) }],
  ["no number", { text: "x", kind: "rate_limited", retry_after_seconds: Number.NaN }],
])("%s", (_, stop) => {
  const failure = reader.reported(stop);
  expect(["quota_exhausted", "rate_limited"]).toContain(failure.kind);
  expect(failure).not.toHaveProperty("retry_after_seconds");
  expect(failure).not.toHaveProperty("resets_at");
});

it("believes a month", () => {
  const failure = reader.reported({ text: "You've hit your usage limit. Try again in 31 days." });
  expect(failure).toMatchObject({ kind: "quota_exhausted", resets_at: "2026-08-01T12:00:00.000Z" });
});
