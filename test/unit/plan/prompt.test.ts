// What a CLI is sent: text of others is harmless, the piped text comes after it, and the whole is measured once.
import { describe, expect, it } from "vitest";
import { backendsOf } from "../../../src/backends/index.js";
import { type PromptParts, promptForStdin } from "../../../src/plan/prompt.js";
import type { BuiltInBackend } from "../../../src/schema/backend-name.js";

function sent(name: BuiltInBackend, parts: PromptParts, untrusted = false) {
  const backend = backendsOf({}).get(name);
  if (!backend) throw new Error(`no ${name}`);
  return promptForStdin(parts, { untrusted }, backend);
}

const prompt = "/a @x me@b.org";

describe("a stranger's prompt is literal", () => {
  it.each([
    ["claude", "/a \\@x me@b.org"],
    ["codex", prompt],
    ["gemini", "\n/a \\@x me\\@b.org"],
  ] as const)("%s", (name, text) => {
    expect(sent(name, { text: () => prompt }, true)).toEqual({ ok: true, value: text });
  });

  it("with what is piped in, and once only", () => {
    const parts: PromptParts = { text: (harmless) => `see ${harmless("@a")}`, context: "@b" };
    expect(sent("claude", parts, true)).toEqual({ ok: true, value: "see \\@a\n\n<stdin>\n\\@b\n</stdin>" });
  });
});

it("the user's own prompt stays as it is, with others' text in it harmless", () => {
  const parts: PromptParts = { text: (harmless) => `@mine ${harmless("@theirs")}`, context: "piped @too\n" };
  expect(sent("gemini", parts)).toEqual({
    ok: true,
    value: "@mine \\@theirs\n\n<stdin>\npiped @too\n</stdin>",
  });
});

it("measures all of it, backslashes included", () => {
  const limit = 1_048_576;
  const [head, tail] = ["\n\n<stdin>\n", "\n</stdin>"];
  const context = "x".repeat(limit - head.length - tail.length);
  expect(sent("codex", { text: () => "", context }).ok).toBe(true);
  expect(sent("codex", { text: () => "y", context })).toEqual({
    ok: false,
    error: "the prompt, piped context included, has 1,048,577 characters; Codex takes at most 1,048,576",
  });
  const mentions = "@x ".repeat(2 * 1024 * 1024 + 1);
  expect(sent("gemini", { text: () => mentions }).ok).toBe(true);
  expect(sent("gemini", { text: () => mentions }, true).ok).toBe(false);
});
