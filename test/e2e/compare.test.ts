// `clinvk compare` on CLIs that a test drives.
import { describe, expect, it } from "vitest";
import { compare, InvalidInputError } from "../../src/index.js";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { CompareResult } from "../../src/schema/result.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { timeless } from "../rig/timeless.js";

/** Runs a test with these CLIs installed. */
async function withClis(names: readonly BuiltInBackend[], test: (clis: FakeClis, space: Workspace) => Promise<void>) {
  const clis = await FakeClis.start(names);
  const space = new Workspace({ bin: [clis.bin] });
  try {
    await test(clis, space);
  } finally {
    await clis.close();
    space.close();
  }
}

const BOTH = ["claude", "gemini"] as const;

describe("clinvk compare", () => {
  it("asks all at once and shows the answers, then the summary", () =>
    withClis(BOTH, async (clis, space) => {
      const run = space.start(["compare", "--backends", "claude,gemini", "-k", "Which cache?"]);
      const [claude, gemini] = [await clis.next({ name: "claude" }), await clis.next({ name: "gemini" })];
      expect([claude.stdin, gemini.stdin]).toEqual(["Which cache?", "Which cache?"]);
      await gemini.answer("that one\n");
      await claude.answer("this one");
      const { code, stdout } = await run.done;
      expect(code).toBe(0);
      expect(timeless(stdout)).toBe(`Comparing 2 backends: claude, gemini
============================================

[claude]
this one

[gemini]
that one

============================================
COMPARISON SUMMARY
============================================
BACKEND     STATUS   DURATION   MODEL
claude      OK       0.00s      claude-fake
gemini      OK       0.00s      gemini-fake
--------------------------------------------
Total time: 0.00s
`);
    }));

  it("prints one document with --json, whatever failed", () =>
    withClis(BOTH, async (clis, space) => {
      const args = ["compare", "--backends", "gemini,claude", "--json", "Which cache?"];
      const run = space.start(args, { stdin: "context" });
      await (await clis.next({ name: "claude", prompt: "<stdin>\ncontext\n</stdin>" })).answer("this one");
      (await clis.next({ name: "gemini" })).exit(7);
      const { code, stdout } = await run.done;
      expect(code).toBe(1);
      expect(CompareResult.parse(JSON.parse(stdout))).toMatchObject({
        prompt: "Which cache?",
        backends: ["gemini", "claude"],
        results: [
          { backend: "gemini", exit_code: 7, status: "FAILED" },
          { backend: "claude", exit_code: 0, model: "claude-fake", content: "this one", output: "this one" },
        ],
      });
    }));

  it("asks one after another, in order, with --sequential", () =>
    withClis(["claude", "codex", "gemini"], async (clis, space) => {
      const run = space.start(["compare", "--backends", "gemini,claude,codex", "--sequential", "--json", "Hi there"]);
      for (const name of ["gemini", "claude", "codex"]) {
        const cli = await clis.next();
        expect(cli.name).toBe(name);
        expect(clis.waiting).toEqual([]);
        await cli.answer("x");
      }
      expect((await run.done).code).toBe(0);
    }));

  it("takes the prompt from stdin if there is none, or if it is -", () =>
    withClis(["claude"], async (clis, space) => {
      for (const args of [[], ["-"]]) {
        const run = space.start(["compare", "--backends", "claude", ...args], { stdin: "from stdin" });
        const cli = await clis.next();
        expect(cli.stdin).toBe("from stdin");
        await cli.answer("x");
        expect((await run.done).code).toBe(0);
      }
    }));

  it("--all-backends leaves out what is not installed or disabled, and says so", () =>
    withClis(BOTH, async (clis, space) => {
      const config = space.file("config.yaml", "backends:\n  gemini:\n    enabled: false\n");
      const run = space.start(["compare", "--all-backends", "--config", config, "--json", "Hi there"]);
      await (await clis.next()).answer("x");
      const { code, stdout, stderr } = await run.done;
      expect(code).toBe(0);
      expect(JSON.parse(stdout).backends).toEqual(["claude"]);
      expect(stderr).toContain("warning: left out: Codex is not installed");
      expect(stderr).not.toContain("Gemini");
    }));

  it.each([
    [
      ["--backends", "claude", "gemini"],
      /--backends: commas separate the names — `clinvk compare --backends claude,gemini 'Hi there'`/,
    ],
    [["--all-backends", "Why?"], /PROMPT: expected one argument, got 2 — put it in quotes/],
    [["--backends", "claude,codex"], /backends: Codex is not installed: there is no `codex` — .clinvk backends/],
    [
      ["--backends", "claude,gemni"],
      /backends: expected one of `claude`, `codex`, `gemini`, got "gemni" — did you mean/,
    ],
    [["--backends", "claude", "--all-backends"], /name the backends to ask/],
    [[], /name the backends to ask/],
    [["--backends", "claude", "--json", "--events", "-"], /both want stdout/],
  ])("%j starts nothing", (args, message) =>
    withClis(["claude"], async (clis, space) => {
      const { code, stdout, stderr } = await space.run(["compare", ...args, "Hi there"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
      expect(clis.waiting).toEqual([]);
    }),
  );

  it("needs no CLI for a dry run, and tells a problem of the prompt once", () =>
    withClis([], async (_, space) => {
      const dry = await space.run(["compare", "--backends", "claude,codex", "--dry-run", "Hi there"]);
      expect(dry.code).toBe(0);
      expect(dry.stdout.match(/Would execute: /g)).toHaveLength(2);
      const empty = await space.run(["compare", "--backends", "claude,codex", "--dry-run", " "]);
      expect(empty).toMatchObject({ code: 2, stderr: "prompt: the prompt is empty\n1 problem; nothing was run.\n" });
      const nobody = await space.run(["compare", "--all-backends", "Hi there"]);
      expect(nobody).toMatchObject({ code: 2, stderr: expect.stringMatching(/no enabled backend is installed/) });
    }));

  it("goes on after a kill -9, and stays a comparison", () =>
    withClis(BOTH, async (clis, space) => {
      const run = space.start(["compare", "--backends", "claude,gemini", "--sequential", "Which one?"]);
      await (await clis.next({ name: "claude" })).answer("this");
      await clis.next({ name: "gemini" });
      run.child.kill("SIGKILL");
      await run.done;
      const [{ run_id }] = JSON.parse((await space.run(["runs", "list", "--json"])).stdout).runs;
      const again = space.start(["runs", "resume", run_id, "--json"]);
      await (await clis.next({ name: "gemini" })).answer("that");
      expect(JSON.parse((await again.done).stdout)).toMatchObject({
        prompt: "Which one?",
        results: [{ output: "this" }, { output: "that" }],
      });
    }));
});

describe("compare() of the library", () => {
  it("gives the document; a backend that is missing is invalid input", () =>
    withClis(["claude"], async (clis, space) => {
      const options = { env: space.env, cwd: space.dir, journal: false };
      const run = compare("Which one?", { ...options, backends: "all" });
      await (await clis.next()).answer("this");
      expect(CompareResult.parse(await run)).toMatchObject({ backends: ["claude"], results: [{ output: "this" }] });
      await expect(compare("Which one?", { ...options, backends: ["codex"] })).rejects.toThrow(InvalidInputError);
    }));
});
