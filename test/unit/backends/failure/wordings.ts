// Checks a table of wordings: what a CLI says, and the kind that it means.
import { expect, test } from "vitest";
import { classify, type FailureWords } from "../../../../src/backends/failure/classify.js";
import { parseReset } from "../../../../src/backends/failure/reset-time.js";
import type { FailureKind } from "../../../../src/schema/failure.js";

type Row = [text: string, kind: FailureKind | undefined, status?: number];
export type Rows = readonly Row[];

const CONTEXT = { now: new Date("2026-05-01T00:00:00Z"), time_zone: "UTC" };

export function check(words: FailureWords, rows: Rows): void {
  test.each([...rows])("%s → %s", (text, kind, status) => {
    expect(classify(words, text, status, parseReset(text, CONTEXT)?.retry_after_seconds)).toBe(kind);
  });
}
