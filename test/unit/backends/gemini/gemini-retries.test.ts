// What Gemini CLI (0.61.0) prints on stderr about its own retries.
import { expect, it } from "vitest";
import { geminiParser } from "../../../../src/backends/gemini/gemini-parser.js";
import type { Failure } from "../../../../src/schema/failure.js";
import { taskFor } from "../tasks.js";

/** The causes that are heard in a text of stderr. */
function heard(stderr: string): Failure[] {
  const parser = geminiParser(taskFor("gemini", {}));
  const steps = stderr.split("\n").flatMap((line) => parser.pushStderr?.(line).progress ?? []);
  return steps.flatMap((step) => (step.type === "note" && step.retry ? [step.retry] : []));
}
const body = (code: number, message: string) => `_ApiError: {"error":{"code":${code},"message":"${message}"}}`;

it.each<[string, Partial<Failure>[]]>([
  [
    `Attempt 1 failed with status 429. Retrying with backoff... ${body(429, "mock error")}\n    at throwErrorIfNotOK (file:///x.js:1:2)`,
    [{ kind: "rate_limited", http_status: 429, message: expect.stringContaining("mock error") }],
  ],
  [
    `Attempt 2 failed with status 503. Retrying with backoff... ${body(503, "try later")}`,
    [{ kind: "overloaded", http_status: 503 }],
  ],
  [
    "Attempt 1 failed. Retrying with backoff... TypeError: fetch failed sending request",
    [{ kind: "network", message: expect.stringContaining("fetch failed") }],
  ],
  [
    "Attempt 1 failed: Quota exceeded. Please retry in 44.09s.\nSuggested retry after 44s.. Retrying after 47915ms...",
    [{ kind: "rate_limited", retry_after_seconds: 44.09 }],
  ],
  [
    "Attempt 1 failed: Resource exhausted. Retrying after 8123ms...",
    [{ kind: "rate_limited", retry_after_seconds: 8.123 }],
  ],
  [
    "Attempt 1 failed: The model is overloaded.\nSuggested retry after 12s.. Retrying after 13000ms...",
    [{ kind: "overloaded", retry_after_seconds: 12 }],
  ],
  ["Attempt 10 failed: Resource exhausted. Max attempts reached\nSomething. Retrying after 5ms...", []],
  ["Ripgrep is not available. Falling back to GrepTool.", []],
])("%s", (stderr, causes) => {
  const retries = heard(stderr);
  expect(retries).toHaveLength(causes.length);
  expect(retries).toMatchObject(causes);
});

it("a wait that is not told is not made up", () => {
  const [cause] = heard(`Attempt 1 failed with status 429. Retrying with backoff... ${body(429, "x")}`);
  expect(cause).not.toHaveProperty("retry_after_seconds");
});
