// The script file: what is accepted, and what a person is told about the rest.
import { describe, expect, it } from "vitest";
import { parseOfflineScript } from "../../../src/offline/script.js";

function problems(value: unknown): Record<string, string> {
  const parsed = parseOfflineScript(value);
  return parsed.ok ? {} : Object.fromEntries(parsed.error.map(({ path, message }) => [path, message]));
}

const rule = (reply: unknown, more: object = {}) => ({ rules: [{ reply, ...more }] });

describe("offline script", () => {
  it("accepts every field", () => {
    const reply = {
      tools: [{ name: "Bash", input: { command: "ls" } }],
      ...{ text: "x", chunks: 3, chunk_delay_ms: 1, latency_ms: 2, usage: { input_tokens: 1 } },
      error: {
        status: 429,
        message: "m",
        type: "t",
        code: "c",
        retry_after_seconds: 1,
        headers: { a: "b" },
        details: {},
      },
    };
    const match = { prompt: "^a+$", backend: "gemini", model: "m", turn: 0, step: 1, stream: true };
    expect(problems(rule(reply, { match, times: 2 }))).toEqual({});
    const limit = { requests: 8, per_seconds: 1.5 };
    const outage = rule({ error: { status: 503, retry_after_seconds: "rest" } }, { for_seconds: 0.5 });
    expect(problems({ ...outage, limit })).toEqual({});
    for (const ending of [{ stream_error: { type: "x" } }, { cut: 0 }, { hang: "mid_stream" }, { malformed: true }]) {
      expect(problems(rule(ending))).toEqual({});
    }
  });

  it("names the place of a pattern that does not compile", () => {
    const script = { rules: [{ reply: {} }, { reply: {} }, { match: { prompt: "(" }, reply: {} }] };
    expect(problems(script)).toEqual({
      "rules[2].match.prompt": expect.stringContaining("Invalid regular expression"),
    });
  });

  it("wants to know how long a rule holds that tells the rest of its time", () => {
    expect(problems(rule({ error: { status: 503, retry_after_seconds: "rest" } }))).toEqual({
      "rules[0].reply.error.retry_after_seconds":
        'expected a number of seconds in a rule without `for_seconds`, got "rest"',
    });
    expect(problems({ limit: { requests: 0, per_seconds: 0 }, rules: [] })).toEqual({
      "limit.requests": "must be at least 1, got 0",
      "limit.per_seconds": "must be more than 0, got 0",
    });
  });

  it("names unknown keys, wrong types and numbers out of range, all at once", () => {
    const script = {
      rules: [
        { reply: { txt: "x" } },
        { reply: { text: 5, chunks: "3" }, times: 0 },
        { match: { backend: "cursor" }, reply: { error: { status: 200 } } },
        {},
      ],
    };
    expect(problems(script)).toEqual({
      "rules[0].reply.txt": "unknown key",
      "rules[1].reply.text": "expected a string, got 5",
      "rules[1].reply.chunks": 'expected a number of pieces or a list of texts, got "3"',
      "rules[1].times": "must be at least 1, got 0",
      "rules[2].match.backend": expect.stringContaining("expected one of `claude`"),
      "rules[2].reply.error.status": "must be at least 400, got 200",
      "rules[3]": "`reply` is missing",
    });
    expect(problems([])).toEqual({ "": "expected an object, got a list" });
  });

  it("refuses two texts and two endings in one reply", () => {
    const place = (reply: object) =>
      Object.entries(problems(rule(reply))).map(([path, message]) => `${path} ${message}`);
    expect(place({ text: "a", echo: true })).toEqual([
      expect.stringContaining("rules[0].reply.echo can't be combined with `text`"),
    ]);
    expect(place({ bytes: 5, chunks: ["a"] })).toEqual([
      expect.stringContaining("rules[0].reply.chunks can't be combined with `bytes`"),
    ]);
    expect(place({ cut: 1, refusal: true })).toEqual([
      expect.stringContaining("rules[0].reply.refusal can't be combined with `cut`"),
    ]);
  });
});
