import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { COMMAND_FORMATS } from "../../../src/reporters/command-format.js";
import { failureWords } from "../../../src/reporters/text/failure-text.js";
import { FAILURE_KINDS } from "../../../src/schema/failure.js";
import type { TaskRecord } from "../../../src/schema/result.js";
import { emptyRun, fold } from "../../../src/summary/summary.js";
import { failed, record, wholeRun } from "./run-events.js";

const table = (results: readonly TaskRecord[], columns?: number): Promise<string> =>
  COMMAND_FORMATS.parallel.summary(wholeRun(results).reduce(fold, emptyRun()), { paint: (word) => word, columns });

const rows = async (results: readonly TaskRecord[], columns?: number): Promise<string[]> =>
  (await table(results, columns)).split("\n").slice(3, -3);

describe("summary table", () => {
  it("aligns names of any width by display columns", async () => {
    const names = [
      "short",
      "日本語のレビューを行う",
      "👩‍👩‍👧‍👦 family",
      "é combining e\u0301",
      "a name of twenty-five cols",
    ];
    const lines = await rows(names.map((name, index) => record({ index, name })));
    const before = lines.map((line) => stringWidth(line.slice(0, line.search(/BACKEND|claude/))));
    expect(new Set(before).size).toBe(1);
  });

  it("cuts a long name with an ellipsis at 40 columns, between characters", async () => {
    const lines = await rows([record({ name: "x".repeat(50) }), record({ index: 1, name: "界".repeat(30) })]);
    expect(lines[1]?.startsWith(`${"x".repeat(39)}… claude`)).toBe(true);
    expect(lines[2]?.startsWith(`${"界".repeat(19)}…`)).toBe(true);
    expect(stringWidth(lines[2]?.split("claude")[0] ?? "")).toBe(41);
  });

  it("is not broken by line breaks or control characters in a name", async () => {
    const lines = await rows([record({ name: "one\ntwo\u2028three\r\n\u001b[31m" })]);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^one two three \[31m +claude/);
  });

  it("makes room for long durations", async () => {
    const lines = await rows([record({ duration_seconds: 1234567890.5 }), record({ index: 1 })]);
    expect(lines[1]?.indexOf("Complete")).toBe(lines[2]?.indexOf("Complete"));
  });

  it("tells a failure in a few words, cut to the terminal if there is one", async () => {
    const failure = { kind: "crashed", message: "it ended with exit code 3 and then said a lot about it" } as const;
    const [, narrow] = await rows([failed({ failure })], 80);
    expect(narrow).toMatch(/ Crashed: it ended with exit code 3 and …?/);
    for (const columns of [undefined, 200]) {
      const [, wide] = await rows([failed({ failure })], columns);
      expect(wide?.endsWith(`Crashed: ${failure.message}`)).toBe(true);
    }
  });

  it.each([100, 80, 40])("never wraps on a terminal of %i columns", async (columns) => {
    const name = "A name that is exactly forty columns, see";
    const canceled = failed({
      index: 2,
      status: "CANCELED",
      start_time: null,
      failure: { kind: "canceled", message: "stopped before it was done" },
    });
    const lines = await rows([record({ name }), record({ index: 1, name: "界".repeat(30) }), canceled], columns);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    for (const line of lines.slice(1)) expect(line).toMatch(/OK|CANCELED/);
    if (columns >= 80) expect(lines[1]).toMatch(/ Complete$/);
  });

  it("names who really answered", async () => {
    const [, line] = await rows([record({ backend: "codex", fallback_from: "claude" })]);
    expect(line).toMatch(/codex .* Complete, instead of claude$/);
  });

  it("has words for every kind of failure", () => {
    for (const kind of FAILURE_KINDS) expect(failureWords({ kind, message: "why" })).toMatch(/^[A-Z][a-z]/);
    expect(failureWords({ kind: "not_authenticated", message: "why" })).toBe("Not logged in");
    expect(failureWords({ kind: "rate_limited", message: "why", http_status: 429 })).toBe("Rate limited (429)");
    const resets_at = new Date(2026, 6, 1, 3, 0).toISOString();
    expect(failureWords({ kind: "quota_exhausted", message: "why", http_status: 429, resets_at })).toBe(
      "Quota used up until 2026-07-01 03:00",
    );
  });
});
