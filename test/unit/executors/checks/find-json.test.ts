import { describe, expect, it } from "vitest";
import { findJson } from "../../../../src/executors/checks/find-json.js";

const fence = (label: string, body: string) => `\`\`\`${label}\n${body}\n\`\`\``;

describe("findJson finds", () => {
  it.each<[string, string, unknown]>([
    ["the whole text", '  {"a": 1}\n', { a: 1 }],
    ["a scalar that is the whole text", '"yes"', "yes"],
    ["null", "null", null],
    ["a labelled block", `Here:\n${fence("json", "[1, 2]")}\nDone {really}.`, [1, 2]],
    ["the labelled block among others", `${fence("js", "f({})")}\n${fence("JSON", "{}")}\n${fence("", "[3]")}`, {}],
    ["a block without label", `Here:\n${fence("", '{"a": "```"}')}`, { a: "```" }],
    ["an indented block", "1. Result:\n   ```json\n   {}\n   ```\n", {}],
    ["an object in a sentence", 'The answer is {"a": {"b": [1]}}, I think.', { a: { b: [1] } }],
    ["an array in a sentence", 'The answer is [{"a": 1}].', [{ a: 1 }]],
    ["an array of several objects", '-> [{"a": 1}, {"a": 2}] <-', [{ a: 1 }, { a: 2 }]],
    ["an object next to braces in a block of code", `${fence("sh", "ls")}\n{"a": "]"}`, { a: "]" }],
    ["brackets inside of strings", 'x {"a": "}{][", "b": []} y', { a: "}{][", b: [] }],
  ])("%s", (_what, text, value) => {
    expect(findJson(text)).toEqual({ ok: true, value });
  });
});

describe("findJson says", () => {
  it.each([
    ["no JSON", "I am sorry.", "holds no JSON"],
    ["nothing", "", "holds no JSON"],
    [
      "two blocks",
      `${fence("json", "1")}\n${fence("json", "2")}`,
      "holds 2 JSON code blocks, and it is not clear which one counts",
    ],
    ["a broken block", `${fence("json", "{a: 1}")}\n{}`, "has a JSON code block that is not valid JSON"],
    ["two objects", '{"a": 1} or {"a": 2}', "holds no single valid JSON value"],
    ["half an object", 'Well: {"a": 1', "holds no single valid JSON value"],
    [
      "an array and an object",
      'See [1]: {"a": 1}',
      "holds more than one JSON value, and it is not clear which one counts",
    ],
    ["deep nesting", "[".repeat(200) + "]".repeat(200), "is nested more than 100 levels deep"],
    ["deep nesting in a sentence", `x ${"[".repeat(200)}${"]".repeat(200)}`, "is nested more than 100 levels deep"],
  ])("%s", (_what, text, error) => {
    expect(findJson(text)).toEqual({ ok: false, error });
  });
});

// Each of these would take hours if the time grew with the square of the length.
it.each([
  ["fences that are never closed", "```x\n".repeat(400_000)],
  ["brackets that are never closed", "[{".repeat(1_000_000)],
  ["brackets that are never opened", "]}".repeat(1_000_000)],
  ["blanks", `${" ".repeat(2_000_000)}\n`.repeat(2)],
])("does not get lost in %s", (_what, text) => {
  expect(findJson(text).ok).toBe(false);
});
