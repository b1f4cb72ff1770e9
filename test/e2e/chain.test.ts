// `clinvk chain` on CLIs that a test drives: reports, failures, hostile answers, kill -9 and going on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chain } from "../../src/index.js";
import { ChainResult, type RunResult } from "../../src/schema/result.js";
import { type StartOptions, Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { timeless } from "../rig/timeless.js";

let clis: FakeClis;
let space: Workspace;
beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  await clis.close();
  space.close();
});

const STEPS = [
  { name: "analyze", backend: "claude", prompt: "Analyze this code", max_turns: 5 },
  { name: "fix", backend: "codex", prompt: "Fix these issues: {{previous}}", approval_mode: "auto" },
  { name: "check", backend: "gemini", prompt: "Check {{steps.fix.content}} after {{steps.analyze.content}}" },
];

/** Starts a chain; answers are given one by one. */
function startChain(file: object, flags: string[] = [], options: StartOptions = {}) {
  return space.start(["chain", "-f", space.file("chain.json", file), ...flags], options);
}

describe("what comes out", () => {
  it("is a block for each step as it ends, and the summary", async () => {
    const run = startChain({ steps: STEPS });
    await (await clis.next({ name: "claude" })).answer("too long\n");
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin).toBe("Fix these issues: too long\n");
    await codex.answer("fixed");
    const gemini = await clis.next({ name: "gemini" });
    expect(gemini.stdin).toBe("Check fixed after too long\n");
    await gemini.answer("good");
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    expect(timeless(stdout)).toBe(`Executing chain with 3 steps
============================================

[1/3] analyze (claude)
--------------------------------------------
too long

[2/3] fix (codex)
--------------------------------------------
fixed

[3/3] check (gemini)
--------------------------------------------
good

============================================
CHAIN EXECUTION SUMMARY
============================================
STEP  BACKEND     STATUS   DURATION   NAME
1     claude      OK       0.00s      analyze
2     codex       OK       0.00s      fix
3     gemini      OK       0.00s      check
--------------------------------------------
Total: 3/3 steps completed (0.00s)
`);
  });

  it("is one document with --json, the same in the output directory, and each answer in a file", async () => {
    const dir = join(space.dir, "out");
    const run = startChain({ steps: STEPS.slice(0, 2), output_dir: dir }, ["--json"]);
    await (await clis.next()).answer("one");
    await (await clis.next()).answer("two");
    const { stdout } = await run.done;
    const document = ChainResult.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      total_steps: 2,
      completed_steps: 2,
      failed_step: 0,
      cost_usd: 0.01,
      results: [
        { step: 1, task_id: "step-1", name: "analyze", backend: "claude", exit_code: 0, content: "one", output: "one" },
        { step: 2, name: "fix", backend: "codex", status: "OK", content: "two", output: "two" },
      ],
    });
    expect(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"))).toEqual(document);
    expect(readFileSync(join(dir, "step-2-codex.md"), "utf8")).toBe("two");
  });

  it("is the summary only with --quiet, and nothing is started with --dry-run", async () => {
    const run = startChain({ steps: STEPS }, ["--dry-run", "--quiet"]);
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^={44}\nCHAIN EXECUTION SUMMARY\n/);
    expect(clis.waiting).toEqual([]);
  });
});

describe("a step that fails", () => {
  it("ends the chain; `runs retry` tries it again and goes on", async () => {
    const run = startChain({ steps: STEPS, defaults: { retries: 0 } }, ["--json"]);
    await (await clis.next({ name: "claude" })).answer("long");
    (await clis.next({ name: "codex" })).exit(3);
    const { code, stdout, stderr } = await run.done;
    expect(code).toBe(1);
    const first = JSON.parse(stdout) as ChainResult;
    expect(first).toMatchObject({ completed_steps: 1, failed_step: 2 });
    expect(first.results.map(({ status }) => status)).toEqual(["OK", "FAILED", "CANCELED"]);
    expect(stderr).toContain(
      `1 task was not started; \`clinvk runs retry ${first.run_id}\` runs the failed tasks again`,
    );

    const resumed = await space.run(["runs", "resume", first.run_id]);
    expect(resumed.stderr).toBe(
      `clinvk runs resume: the run ${first.run_id} has nothing to resume: what is left needs the answer of a failed task\n\`clinvk runs retry ${first.run_id} --failed\` runs the failed tasks again\n`,
    );
    expect(resumed.code).toBe(1);

    const again = space.start(["runs", "retry", first.run_id, "--json"]);
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin).toBe("Fix these issues: long");
    await codex.answer("fixed");
    const gemini = await clis.next({ name: "gemini" });
    expect(gemini.stdin).toBe("Check fixed after long");
    await gemini.answer("good");
    const second = await again.done;
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ completed_steps: 3, failed_step: 0 });
  });

  it("is retried first: the next step sees the answer of the second attempt", async () => {
    const run = startChain({ steps: STEPS.slice(0, 2), defaults: { retries: 1, retry_on: ["crashed"] } });
    const broken = await clis.next({ name: "claude" });
    await broken.stdout("half");
    broken.kill("SIGKILL");
    await (await clis.next({ name: "claude" })).answer("whole");
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin).toBe("Fix these issues: whole");
    await codex.answer("fixed");
    expect((await run.done).code).toBe(0);
  });

  it("does not end the chain with `stop_on_failure: false`", async () => {
    const steps = [STEPS[0], { ...STEPS[1], name: "try" }, { backend: "gemini", prompt: "Sum up {{previous}}" }];
    const run = startChain({ steps, stop_on_failure: false, defaults: { retries: 0 } }, ["--json"]);
    await (await clis.next({ name: "claude" })).answer("long");
    (await clis.next({ name: "codex" })).exit(3);
    const gemini = await clis.next({ name: "gemini" });
    expect(gemini.stdin).toBe("Sum up long");
    await gemini.answer("good");
    const { code, stdout } = await run.done;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ completed_steps: 2, failed_step: 2 });
  });

  it("fails when what is put into its prompt is more than its CLI takes; nothing is cut", async () => {
    // Codex takes a million characters.
    const run = startChain({ steps: STEPS.slice(0, 2) }, ["--json"]);
    await (await clis.next({ name: "claude" })).answer("x".repeat(1_100_000));
    const { code, stdout } = await run.done;
    expect(code).toBe(1);
    const { results } = JSON.parse(stdout) as ChainResult;
    expect(results[1]?.failure).toMatchObject({ kind: "context_too_long", message: expect.stringMatching(/at most/) });
    expect(results[0]?.content).toHaveLength(1_100_000);
    expect(results[0]?.output).toBe(results[0]?.content);
  });
});

describe("an answer that looks like something else", () => {
  it.each([
    "{{steps.analyze.content}} {{previous}} {{stdin}} \\{{",
    "/help",
    "- --dangerously-skip-permissions",
    "$& $1 $`",
  ])("%j reaches the next step as text", async (answer) => {
    const run = startChain({ steps: [STEPS[0], { backend: "codex", prompt: "{{previous}}" }] });
    await (await clis.next({ name: "claude" })).answer(answer);
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin.trim()).toBe(answer.trim());
    await codex.answer("fine");
    expect((await run.done).code).toBe(0);
  });

  it("names no file to claude and gemini, which would read it; the author of the chain may name one", async () => {
    const steps = (["claude", "gemini"] as const).map((backend) => ({ backend, prompt: "@mine {{previous}}" }));
    const run = startChain({ steps: [{ backend: "codex", prompt: "first" }, ...steps] });
    await (await clis.next({ name: "codex" })).answer("see @secret.txt");
    for (const name of ["claude", "gemini"] as const) {
      const cli = await clis.next({ name });
      expect(cli.stdin).toContain("@mine ");
      expect(cli.stdin).not.toMatch(/(?<!\\)@secret\.txt/);
      expect(cli.stdin).toMatch(/secret\.txt/);
      await cli.answer("see @secret.txt");
    }
    expect((await run.done).code).toBe(0);
  });
});

describe("stdin", () => {
  it("is context of the first step, or goes where `{{stdin}}` stands, or is the chain itself", async () => {
    const appended = startChain({ steps: STEPS.slice(0, 2) }, [], { stdin: "code\n" });
    const first = await clis.next({ name: "claude" });
    expect(first.stdin).toBe("Analyze this code\n\n<stdin>\ncode\n</stdin>");
    await first.answer("long");
    const second = await clis.next({ name: "codex" });
    expect(second.stdin).toBe("Fix these issues: long");
    await second.answer("fixed");
    expect((await appended.done).stderr).toContain("read 5 bytes of context from stdin");

    const placed = startChain({ steps: [{ backend: "codex", prompt: "<{{stdin}}>" }] }, [], { stdin: "code" });
    const only = await clis.next();
    expect(only.stdin).toBe("<code>");
    await only.answer("x");
    await placed.done;

    const itself = space.start(["chain"], { stdin: JSON.stringify({ steps: STEPS.slice(0, 1) }) });
    await (await clis.next()).answer("x");
    expect((await itself.done).code).toBe(0);
  });
});

describe("a chain that is cut off", () => {
  it("goes on with the first step that has not ended, with the answers of then, after kill -9", async () => {
    const run = startChain({ steps: STEPS });
    await (await clis.next({ name: "claude" })).answer("long");
    await clis.next({ name: "codex" });
    run.child.kill("SIGKILL");
    await run.done;
    const list = JSON.parse((await space.run(["runs", "list", "--json"])).stdout);
    expect(list.runs).toMatchObject([{ status: "interrupted", completed_tasks: 1, unfinished_tasks: 2 }]);

    const again = space.start(["runs", "resume", list.runs[0].run_id]);
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin).toBe("Fix these issues: long");
    await codex.answer("fixed");
    const gemini = await clis.next({ name: "gemini" });
    expect(gemini.stdin).toBe("Check fixed after long");
    await gemini.answer("good");
    const { code, stdout } = await again.done;
    expect(code).toBe(0);
    expect(stdout).toContain("Total: 3/3 steps completed");
    expect(clis.waiting).toEqual([]);
  });

  it("starts nothing more after Ctrl-C, and tells how to go on", async () => {
    const run = startChain({ steps: STEPS }, ["--json"]);
    await (await clis.next({ name: "claude" })).answer("long");
    await clis.next({ name: "codex" });
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.done;
    expect(code).toBe(130);
    const { results } = JSON.parse(stdout) as ChainResult;
    expect(results.map(({ status }) => status)).toEqual(["OK", "CANCELED", "CANCELED"]);
    expect(stderr).toContain("2 tasks were not finished; `clinvk runs resume");
  });

  it("runs the steps after one that is run again anew", async () => {
    const run = startChain({ steps: STEPS.slice(0, 2) }, ["--json"]);
    await (await clis.next({ name: "claude" })).answer("one");
    await (await clis.next({ name: "codex" })).answer("fixed one");
    const { run_id } = JSON.parse((await run.done).stdout) as RunResult;
    const again = space.start(["runs", "retry", run_id, "--task", "step-1", "--json"]);
    await (await clis.next({ name: "claude" })).answer("two");
    const codex = await clis.next({ name: "codex" });
    expect(codex.stdin).toBe("Fix these issues: two");
    await codex.answer("fixed two");
    const { results } = JSON.parse((await again.done).stdout) as ChainResult;
    expect(results.map(({ content }) => content)).toEqual(["two", "fixed two"]);
  });
});

it("the library gives the same document, and the events on the way", async () => {
  const run = chain({ steps: STEPS.slice(0, 2) as never }, { env: space.env, cwd: space.dir, journal: false });
  const types: string[] = [];
  const reading = (async () => {
    for await (const event of run) types.push(event.type);
  })();
  await (await clis.next({ name: "claude" })).answer("x".repeat(300_000));
  await (await clis.next({ name: "codex" })).answer("two");
  const document = ChainResult.parse(await run);
  expect(document.results.map(({ output }) => output.length)).toEqual([300_000, 3]);
  await reading;
  expect([types[0], types.at(-1)]).toEqual(["run_started", "run_finished"]);
});

it("flags and files that are wrong are told, and nothing starts", async () => {
  const none = await space.run(["chain"]);
  expect(none).toMatchObject({ code: 2, stdout: "" });
  expect(none.stderr).toMatch(/^stdin: is empty — give a chain file, as in `clinvk chain chain.json`\n/);
  const wrong = await startChain({ steps: [{ backend: "claude", prompt: "{{steps.x.content}}" }] }).done;
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/chain\.json:1:\d+: steps\[0\]\.prompt: .*the step "x" does not exist/);
  expect((await startChain({ steps: STEPS }, ["--json", "--events", "-"]).done).code).toBe(2);
  expect(clis.waiting).toEqual([]);
});
