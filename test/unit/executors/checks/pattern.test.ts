import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PATTERN_LIMIT_MS, regexProblem, search } from "../../../../src/executors/checks/pattern.js";
import { ask } from "../../../../src/executors/checks/regex-worker-client.js";
import { type TestPlace, testPlace } from "./place.js";

const HOSTILE = "(a+)+$";
const answer = (content: string) => ({ content });
const never = new AbortController().signal;

let place: TestPlace;
beforeEach(() => {
  place = testPlace();
});
afterEach(() => place.close());

describe("regexProblem", () => {
  it.each(["^ok$", "(a+)+$", "(?i)done", "(?si)a.b", "(?u)\\p{L}", "(?<name>x)", "(?=x)"])("accepts %s", (pattern) => {
    expect(regexProblem(pattern)).toBeUndefined();
  });
  it.each([
    ["(", "is not a regular expression: Unterminated group"],
    ["[z-a]", "is not a regular expression: Range out of order in character class"],
    ["(?x)a", "is not a regular expression: Invalid group"],
    ["(?i)*", "is not a regular expression: Nothing to repeat"],
  ])("says what is wrong with %s", (pattern, problem) => {
    expect(regexProblem(pattern)).toBe(problem);
  });
});

describe("search", () => {
  it.each([
    ["world", "hello world", true],
    ["World", "hello world", false],
    ["(?i)World", "hello world", true],
    ["^b$", "a\nb\nc", true],
    ["a.b", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    ["(?u)^\\p{Lu}", "Äpfel", true],
    ["", "", true],
  ])("%s in %j: %s", async (pattern, text, found) => {
    expect(await search(pattern, answer(text), never)).toEqual({ ok: true, value: found });
  });

  it("reads a large answer from its file", async () => {
    const path = place.write("answer.md", `${"x".repeat(300_000)}\nthe end`);
    const stored = { content: "", content_file: { path, bytes: 300_008 } };
    expect(await search("^the end$", stored, never)).toEqual({ ok: true, value: true });
  });

  it("says so when the file is gone", async () => {
    const stored = { content: "", content_file: { path: `${place.workdir}/absent`, bytes: 1 } };
    const result = await search("x", stored, never);
    expect(result).toMatchObject({ ok: false, error: { reason: "broken", message: expect.stringMatching(/ENOENT/) } });
  });

  it("gives up a pattern that takes too long, meanwhile everything else goes on, and others are answered after it", async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const results = await Promise.all([
      search(HOSTILE, answer(`${"a".repeat(50)}!`), never),
      search("after", answer("what comes after"), never),
    ]);
    clearInterval(counting);
    expect(results).toEqual([
      { ok: false, error: { reason: "slow" } },
      { ok: true, value: true },
    ]);
    // The thread of this test was free: a timer of 1 ms fires often in the seconds of the limit.
    expect(turns).toBeGreaterThan(PATTERN_LIMIT_MS / 100);
  });

  it("a slow pattern of one run holds up no other run, but the run itself", async () => {
    const slow = { type: "search", pattern: HOSTILE, flags: "", text: `${"a".repeat(50)}!` } as const;
    const quick = { type: "search", pattern: "x", flags: "", text: "x" } as const;
    const options = { limit_ms: 600_000, signal: place.signal };
    const run = "run";
    const own = [slow, slow, slow, slow, slow, quick].map((question) => ask(question, { ...options, asker: run }));
    const order: string[] = [];
    void Promise.race(own).then(() => order.push("own"));
    for (let i = 0; i < 3; i++) expect(await ask(quick, options)).toEqual({ ok: true, value: true });
    order.push("others");
    place.controller.abort();
    expect(await Promise.all(own)).toEqual(Array(6).fill({ ok: false, error: { reason: "aborted" } }));
    expect(order).toEqual(["others", "own"]);
  });

  it("an abort ends both the question that runs and those that wait", async () => {
    const hostile = ask(
      { type: "search", pattern: HOSTILE, flags: "", text: `${"a".repeat(50)}!` },
      { limit_ms: 600_000, signal: place.signal },
    );
    const waiting = search("x", answer("x"), place.signal);
    place.controller.abort();
    expect(await Promise.all([hostile, waiting, search("x", answer("x"), place.signal)])).toEqual(
      Array(3).fill({ ok: false, error: { reason: "aborted" } }),
    );
    expect(await search("x", answer("x"), never)).toEqual({ ok: true, value: true });
  });

  it("a value that can't be sent is told, and does not stop the next question", async () => {
    const result = await ask({ type: "validate", schema: {}, value: () => {} }, { limit_ms: 1000 });
    expect(result).toMatchObject({ ok: false, error: { reason: "broken" } });
    expect(await search("x", answer("x"), never)).toEqual({ ok: true, value: true });
  });
});
