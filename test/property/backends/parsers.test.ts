// Whatever a CLI prints, its parser neither throws nor loses text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainMessage } from "../../../src/backends/failure/plain-message.js";
import { parseReset } from "../../../src/backends/failure/reset-time.js";
import { backends } from "../../../src/backends/index.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { cases, exitOf, play, read } from "../../unit/backends/recordings.js";
import { taskFor } from "../../unit/backends/tasks.js";

const RECORDED = BACKEND_NAMES.flatMap((name) =>
  cases(name)
    .slice(0, 40)
    .flatMap((one) => read(name, one, "stdout").split("\n")),
);

/** Keys and values that the parsers look for, in places where they do not belong. */
const WORDS = [...new Set(RECORDED.join("\n").match(/"[a-z_]{3,20}"/g) ?? [])].map((word) => word.slice(1, -1));
const word = fc.constantFrom(...WORDS);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.string(),
    fc.double(),
    fc.constantFrom(null, true, false),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(word, tie("any"), { maxKeys: 5 }),
  ),
})).any;
const line = fc.oneof(
  fc.constantFrom(...RECORDED),
  fc.string(),
  value.map((json) => JSON.stringify(json) ?? ""),
  fc
    .record({ type: word, subtype: word, item: value, message: value, event: value })
    .map((json) => JSON.stringify(json)),
  fc.tuple(fc.constantFrom(...RECORDED), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
);
const exit = fc.record({
  exit_code: fc.oneof(fc.constant(null), fc.nat(255)),
  signal: fc.constantFrom(null, "SIGKILL" as const),
  stderr: fc.oneof(
    fc.string(),
    fc.constantFrom(...BACKEND_NAMES.flatMap((name) => cases(name).map((one) => read(name, one, "stderr")))),
  ),
  stdout_bytes: fc.nat(),
});

describe.each(BACKEND_NAMES)("%s", (name) => {
  test("never throws, and a failure always says why in one line", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), exit, (lines, facts) => {
        const parser = backends[name].parser(taskFor(name));
        const { text } = play(parser, lines);
        const end = parser.end(facts);
        if (end.ok) {
          expect((end.value.text ?? text).trim()).not.toBe("");
          expect(facts).toMatchObject({ exit_code: 0, signal: null });
        } else {
          expect(end.error.failure.message).toMatch(/^\S[^\n]*$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the pieces of an answer are the answer", () => {
  const pieces = fc
    .array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 10 })
    .filter((list) => list.join("").trim() !== "");

  test("claude", () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const delta = (text: string) => ({ type: "content_block_delta", delta: { type: "text_delta", text } });
        const whole = list.join("");
        const records = [
          { type: "stream_event", event: { type: "message_start", message: { id: "m" } } },
          ...list.map((text) => ({ type: "stream_event", event: delta(text) })),
          { type: "assistant", message: { id: "m", content: [{ type: "text", text: whole }] } },
          { type: "result", subtype: "success", is_error: false, num_turns: 1, result: whole },
        ];
        expectAnswer("claude", records, whole);
      }),
    );
  });

  test("gemini", () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const records = [
          ...list.map((content) => ({ type: "message", role: "assistant", content, delta: true })),
          { type: "result", status: "success", stats: { models: { m: {} } } },
        ];
        expectAnswer("gemini", records, list.join(""));
      }),
    );
  });

  test("codex", () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const records = [
          ...list.map((text) => ({ type: "item.completed", item: { type: "agent_message", text } })),
          { type: "item.completed", item: { type: "agent_message", text: "the end" } },
          { type: "turn.completed", usage: {} },
        ];
        expectAnswer("codex", records, "the end");
      }),
    );
  });

  function expectAnswer(name: (typeof BACKEND_NAMES)[number], records: object[], answer: string): void {
    const parser = backends[name].parser(taskFor(name));
    const { text } = play(
      parser,
      records.map((record) => JSON.stringify(record)),
    );
    const end = parser.end(exitOf({}));
    expect(end.ok).toBe(true);
    expect(text).toBe(answer);
  }
});

test("reset times and words take any text", () => {
  const noise = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("resets ", "try again ", "in ", "at ", "9", ":", "pm", " (", "UTC)", "Feb ", "{", "[API Error: "),
    ),
  );
  fc.assert(
    fc.property(noise, (parts) => {
      const text = parts.join("");
      const reset = parseReset(text, { now: new Date("2026-01-01T00:00:00Z"), time_zone: "UTC" });
      if (reset?.resets_at !== undefined) expect(reset.resets_at).toBeInstanceOf(Date);
      for (const { failure_words } of Object.values(backends))
        expect(plainMessage(text, failure_words)).not.toContain("\n");
    }),
    { numRuns: 500 },
  );
});
