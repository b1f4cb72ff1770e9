// Rules that hold for a time, rules for one step of a conversation, and the script's rate limit: by a clock of the test's own.
import { expect, it } from "vitest";
import type { Conversation } from "../../../src/offline/protocol.js";
import { RuleBook } from "../../../src/offline/rule-book.js";
import type { OfflineScript } from "../../../src/offline/script.js";

const first: Conversation = { model: "m", prompt: "work", turn: 0, step: 0, rule: null, stream: true };

function book(script: OfflineScript) {
  let now = 1000;
  const rules = new RuleBook(script, () => now);
  return {
    later: (seconds: number) => {
      now += seconds * 1000;
    },
    ask: (more: Partial<Conversation> = {}, backend: "claude" | "codex" = "claude") => {
      const found = rules.find({ ...first, ...more }, backend);
      return found && [found.index, found.rest_seconds];
    },
    admit: (backend: "claude" | "codex" = "claude") => rules.admit(backend),
  };
}

it("a rule holds for its time, which begins with the first request that it answers", () => {
  const outage = book({ rules: [{ for_seconds: 12, reply: { error: { status: 529 } } }, { reply: {} }] });
  outage.later(100);
  expect(outage.ask()).toEqual([0, 12]);
  outage.later(11.5);
  expect(outage.ask()).toEqual([0, 0.5]);
  outage.later(0.5);
  expect(outage.ask()).toEqual([1, 0]);
});

it("a rule that names a step comes between the tool calls of a conversation and the rule that made them", () => {
  const inside = { step: 1, rule: 1 };
  const outage = book({
    rules: [
      { match: { step: 1, prompt: "work" }, for_seconds: 5, reply: { cut: 0 } },
      { reply: { tools: [{ name: "Read", input: {} }], text: "done" } },
    ],
  });
  expect(outage.ask()).toEqual([1, 0]);
  expect(outage.ask(inside)).toEqual([0, 5]);
  expect(outage.ask({ step: 2, rule: 1 })).toEqual([1, 0]);
  outage.later(5);
  expect(outage.ask(inside)).toEqual([1, 0]);
});

it("a rule may be for streams only", () => {
  const proxy = book({ rules: [{ match: { stream: true }, reply: { cut: 0 } }, { reply: {} }] });
  expect(proxy.ask()).toEqual([0, 0]);
  expect(proxy.ask({ stream: false })).toEqual([1, 0]);
});

it("the rate limit counts in windows, for each service by itself, and what it refuses is not counted", () => {
  const limited = book({ limit: { requests: 2, per_seconds: 10 }, rules: [] });
  expect([limited.admit(), limited.admit(), limited.admit("codex")]).toEqual([0, 0, 0]);
  limited.later(4);
  expect([limited.admit(), limited.admit(), limited.admit("codex")]).toEqual([6, 6, 0]);
  limited.later(6);
  expect([limited.admit(), limited.admit(), limited.admit()]).toEqual([0, 0, 10]);
});
