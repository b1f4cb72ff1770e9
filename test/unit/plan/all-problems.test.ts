// Everything that is wrong with a request is told at once, whoever finds it, in the order of the lines.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { prepareCompare } from "../../../src/app/compare.js";
import type { PrepareRequest } from "../../../src/app/prepare.js";
import { problemsOf } from "../../rig/make-plan.js";

async function told(file: unknown, more: Partial<PrepareRequest> = {}): Promise<string[]> {
  const found = await problemsOf(file, more);
  return found.map(({ line, path, message }) => `${line ?? "-"} ${path}: ${message.replace(/\/[^ ]*\//, "/…/")}`);
}

const TEXT = `{
  "tasks": [
    {"backend": "claud", "prompt": "x", "workdir": "missing"},
    {"backend": "codex", "prompt_file": "missing.md", "verbose": "yes"},
    {"backend": "codex", "prompt": "x", "expect": {"matches": "("}, "id": "a"},
    {"backend": "codex", "prompt": " ", "tgas": [], "id": "a"},
    {"prompt": "x"},
    7
  ],
  "judge": {"backend": "claude", "prompt": "no results"},
  "surprise": 1
}`;

it("a wrong backend, a missing directory, a missing file, a bad pattern and unknown keys in one go", async () => {
  expect(await told(TEXT)).toEqual([
    '3 tasks[0].backend: expected one of `claude`, `codex`, `gemini`, got "claud"',
    "3 tasks[0].workdir: the directory /…/missing does not exist",
    '4 tasks[1].prompt_file: can\'t read "missing.md": there is no such file',
    '4 tasks[1].verbose: expected `true` or `false`, got "yes"',
    expect.stringMatching(/^5 tasks\[2\]\.expect\.matches: /),
    "6 tasks[3].prompt: the prompt is empty",
    "6 tasks[3].tgas: unknown key",
    '6 tasks[3].id: duplicate id "a"',
    "7 tasks[4]: `backend` is missing",
    "8 tasks[5]: expected an object, got 7",
    "10 judge.prompt: there is no `{{results}}` in it: the judge would not see the answers",
    "11 surprise: unknown key",
  ]);
});

it("a chain's in the words of a chain", async () => {
  const text = TEXT.replace('"tasks"', '"steps"').replace(/"judge".*\n/, '"fail_fast": true,\n');
  expect(await told(text, { kind: "chain" })).toEqual(
    expect.arrayContaining([
      '3 steps[0].backend: expected one of `claude`, `codex`, `gemini`, got "claud"',
      "3 steps[0].workdir: the directory /…/missing does not exist",
      "10 fail_fast: unknown key",
    ]),
  );
});

it("a problem that is everybody's is told once", async () => {
  const tasks = [1, 2, 3].map((n) => ({ backend: "claude", prompt: `${n}` }));
  expect(await told({ defaults: { workdir: "missing" }, tasks })).toEqual([
    "- defaults.workdir: the directory /…/missing does not exist",
  ]);
});

it("there are no tasks", async () => {
  expect(await told({ tasks: [], max_parallel: 0 })).toEqual([
    "- tasks: there are no tasks",
    "- max_parallel: must be at least 1, got 0",
  ]);
});

describe("a backend that nobody knows", () => {
  const hints = async (backend: string) => (await problemsOf([{ backend, prompt: "x" }]))[0]?.hint;

  it.each([
    ["opus", "`opus` is a model: `-b claude -m opus`, or `backend` and `model` in a file"],
    [
      "claude-sonnet-4-5",
      "`claude-sonnet-4-5` is a model: `-b claude -m claude-sonnet-4-5`, or `backend` and `model` in a file",
    ],
    ["gpt-5", "`gpt-5` is a model: `-b codex -m gpt-5`, or `backend` and `model` in a file"],
    ["chatgpt", "did you mean `codex`?"],
    ["OpenAI", "did you mean `codex`?"],
    ["google", "did you mean `gemini`?"],
    ["claud", "did you mean `claude`?"],
    ["llama", undefined],
  ])("%s", async (name, hint) => {
    expect(await hints(name)).toBe(hint);
  });
});

it("of a comparison, in the words of who asked", async () => {
  const problems = async (more: object) => {
    const request = { prompt: "x", backends: ["claude"], flags: { dry_run: true }, env: {}, cwd: "/", ...more };
    const made = await prepareCompare(request);
    return made.ok ? [] : made.error.map(({ source, path, message }) => [source, path, message.slice(0, 30)]);
  };
  const defaults = { workdir: "/no/such", max_turns: -1 };
  expect(await problems({ prompt: "", backends: ["claude", "codex", "nobody"], defaults })).toEqual([
    ["backends", undefined, "expected one of `claude`, `cod"],
    ["compare", "max_turns", "must be at least 0, got -1"],
    ["compare", "workdir", "the directory /no/such does no"],
    ["prompt", undefined, "the prompt is empty"],
  ]);
  const place = (path: readonly unknown[]) => ({ source: "body", path: path.join("/"), line: 7 });
  expect(await problems({ prompt: " ", place, defaults: { workdir: "/no/such" } })).toEqual([
    ["body", "workdir", "the directory /no/such does no"],
    ["body", "prompt", "the prompt is empty"],
  ]);
});

it("what the system can't take is refused before anything starts", async () => {
  const tasks = [
    { backend: "claude", prompt: "x", model: "a\0b", workdir: "a\0b" },
    { backend: "claude", prompt: "x", extra: ["--ok", "a\0b"], expect: { command: "a\0b" } },
  ];
  expect(await told({ tasks })).toEqual([
    '- tasks[0].workdir: may not contain a NUL character, got "a\\u0000b"',
    '- tasks[0].model: may not contain a NUL character, got "a\\u0000b"',
    '- tasks[1].extra[1]: may not contain a NUL character, got "a\\u0000b"',
    '- tasks[1].expect.command: may not contain a NUL character, got "a\\u0000b"',
  ]);
});

it.skipIf(process.getuid?.() === 0)("a directory that may not be entered is refused", async () => {
  const workdir = mkdtempSync(join(tmpdir(), "clinvk-closed-"));
  chmodSync(workdir, 0o600);
  onTestFinished(() => rmSync(workdir, { recursive: true }));
  expect(await told({ tasks: [{ backend: "claude", prompt: "x", workdir }] })).toEqual([
    expect.stringMatching(/^- tasks\[0\]\.workdir: the directory .* may not be entered: permission denied$/),
  ]);
});
