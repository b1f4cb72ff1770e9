// `clinvk compare` on the real CLIs.
import { afterAll, beforeAll, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { CompareResult } from "../../src/schema/result.js";
import type { Workspace } from "../rig/clinvk.js";
import { realClis } from "../rig/real-clis.js";

let space: Workspace;
beforeAll(() => {
  space = realClis();
});
afterAll(() => space?.close());

const rules = BACKEND_NAMES.map((backend) => ({
  match: { backend, prompt: "^Which cache\\?\\s+<stdin>\\s+the code\\s+</stdin>" },
  reply: { text: `the one of ${backend}` },
}));

it.each([[[]], [["--sequential"]]])("asks all three the same, context included: %j", async (flags) => {
  const script = space.file("rules.json", { rules: [...rules, { reply: { text: "another prompt" } }] });
  const args = ["compare", "--all-backends", "--offline-script", script, "--json", ...flags, "Which cache?"];
  const { code, stdout, stderr } = await space.run(args, { stdin: "the code" });
  expect(code, stderr).toBe(0);
  const { prompt, backends, results } = JSON.parse(stdout) as CompareResult;
  expect({ prompt, backends }).toEqual({ prompt: "Which cache?", backends: BACKEND_NAMES });
  expect(results.map(({ output }) => output)).toEqual(BACKEND_NAMES.map((backend) => `the one of ${backend}`));
  expect(results.map(({ model }) => model)).toEqual(Array(3).fill("offline-model"));
});
