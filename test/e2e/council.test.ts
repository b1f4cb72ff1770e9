// Votes and a judge on CLIs that a test drives.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parallel } from "../../src/index.js";
import { RunResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import { Workspace } from "../rig/clinvk.js";
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

const TASKS = (["claude", "codex", "gemini"] as const).map((backend) => ({ backend, prompt: "Rate it 1-10" }));
const VOTE = { extract: "([0-9]+)/10", of: "number" as const };
const JUDGE = { backend: "claude", prompt: "Merge these reviews:\n{{results}}" };

function startCouncil(file: Partial<TaskFile>, flags: string[] = []) {
  const path = space.file("council.json", { tasks: TASKS, defaults: { retries: 0 }, ...file });
  return space.start(["parallel", "-f", path, "-k", ...flags]);
}

/** Answers for the three tasks, in file order. */
async function answerAll(...answers: readonly string[]) {
  for (const [index, name] of (["claude", "codex", "gemini"] as const).entries())
    await (await clis.next({ name, prompt: "Rate it" })).answer(answers[index] ?? "");
}

const nextJudge = () => clis.next({ prompt: "Merge these" });

describe("votes", () => {
  it("are what the group says that matched, where a pattern has one for each choice", async () => {
    const run = startCouncil({ vote: { extract: "(approve)|(reject)", of: "choice" } }, ["--json"]);
    await answerAll("I approve.", "I must reject it.", "Yes, approve");
    const { vote } = RunResult.parse(JSON.parse((await run.done).stdout));
    expect(vote?.votes.map(({ value }) => value)).toEqual(["approve", "reject", "approve"]);
    expect(vote?.missing).toEqual([]);
  });

  it("become fields of the document", async () => {
    const run = startCouncil({ vote: VOTE }, ["--json"]);
    await answerAll("8/10, because", "I say 7/10.", "no idea");
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    const { vote, verdict } = RunResult.parse(JSON.parse(stdout));
    expect(verdict).toBeUndefined();
    expect(vote).toEqual({
      of: "number",
      votes: [
        { task_id: "task-1", backend: "claude", value: 8 },
        { task_id: "task-2", backend: "codex", value: 7 },
      ],
      mean: 7.5,
      median: 7.5,
      spread: { min: 7, max: 8, stdev: 0.5 },
      missing: ["task-3"],
    });
  });

  it("and a block of the report", async () => {
    const run = startCouncil({ vote: { extract: "^(yes|no)\\b", of: "choice" } }, ["-q"]);
    await answerAll("yes: fast", "no: slow", "yes");
    expect(timeless((await run.done).stdout)).toMatch(`========================================
VOTE
========================================
yes  claude (task-1)
no   codex (task-2)
yes  gemini (task-3)
Majority: yes (2 of 3)

========================================
PARALLEL EXECUTION SUMMARY
`);
  });

  it("are read from large answers, and a pattern that never ends takes two seconds at most", async () => {
    const run = startCouncil({ vote: { extract: "^vote (a+)+$", of: "choice" } }, ["--json"]);
    await answerAll(`${"x".repeat(300_000)}\nvote aa\n`, `vote ${"a".repeat(40)}!`, "vote aa");
    const { stdout, stderr } = await run.done;
    expect(JSON.parse(stdout).vote).toMatchObject({
      votes: [{ task_id: "task-1" }, { task_id: "task-3" }],
      missing: ["task-2"],
    });
    expect(stderr).toMatch(/warning: task-2: its vote can't be read: the pattern .* took longer than 2 s/);
  });
});

describe("a judge", () => {
  it("gives the verdict: in the report, in the document, in the output directory and in `runs show`", async () => {
    const dir = join(space.dir, "out");
    const run = startCouncil({ judge: JUDGE, vote: VOTE, output_dir: dir });
    await answerAll("one 8/10", "two 6/10", "three 7/10");
    const judge = await nextJudge();
    expect(judge.name).toBe("claude");
    expect(judge.stdin.match(/^(one|two|three) \d\/10$/gm)).toHaveLength(3);
    expect(judge.stdin).not.toMatch(/claude|codex|gemini|task-/i);
    await judge.answer("They agree.");
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    const council = `========================================
VERDICT (claude, 0.00s)
========================================
They agree.

========================================
PARALLEL EXECUTION SUMMARY
`;
    expect(timeless(stdout)).toContain(council);
    expect(stdout).toContain("Total: 3/3 tasks completed");
    const document = RunResult.parse(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8")));
    expect(document).toMatchObject({
      total_tasks: 3,
      completed_tasks: 3,
      // Two calls of claude.
      cost_usd: 0.02,
      usage: { input_tokens: 12, output_tokens: 20 },
      verdict: "They agree.",
      judge: { task_id: "judge", backend: "claude", status: "OK", content: "They agree." },
    });
    expect(document.results).toHaveLength(3);
    expect(readFileSync(join(dir, "judge-claude.md"), "utf8")).toBe("They agree.");

    const shown = await space.run(["runs", "show", document.run_id]);
    expect(timeless(shown.stdout)).toContain(council);
    expect(shown.stdout).toContain("Mean 7, median 7");
    const json = JSON.parse((await space.run(["runs", "show", document.run_id, "--json"])).stdout);
    expect(json).toMatchObject({ verdict: "They agree.", judge: { content: "They agree." }, vote: { mean: 7 } });
    expect((await space.run(["runs", "logs", document.run_id, "--task", "judge"])).stdout).toContain("OK after");
  });

  it("that fails makes the run fail; the answers are kept, and `runs retry` asks only the judge again", async () => {
    const run = startCouncil({ judge: JUDGE }, ["--json"]);
    await answerAll("one", "two", "three");
    (await nextJudge()).exit(9);
    const { code, stdout } = await run.done;
    expect(code).toBe(1);
    const document = RunResult.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ completed_tasks: 3, verdict: null, judge: { status: "FAILED", exit_code: 9 } });
    expect(document.results.map(({ content }) => content)).toEqual(["one", "two", "three"]);

    const again = space.start(["runs", "retry", document.run_id]);
    await (await nextJudge()).answer("They agree.");
    const second = await again.done;
    expect(second.code).toBe(0);
    expect(second.stdout).toContain("They agree.");
    expect(clis.waiting).toEqual([]);
  });

  it("is told in the report when it failed, and when there was nothing to judge", async () => {
    const failed = startCouncil({ judge: JUDGE });
    await answerAll("one", "two", "three");
    (await nextJudge()).exit(9);
    expect((await failed.done).stdout).toMatch(/VERDICT \(claude, .*s\)\n=+\nFAILED: /);

    const silent = startCouncil({ judge: JUDGE, tasks: TASKS.slice(0, 1) });
    (await clis.next()).exit(1);
    const { code, stdout, stderr } = await silent.done;
    expect(code).toBe(1);
    expect(stdout).toMatch(/VERDICT \(claude\)\n=+\nCANCELED: there are no answers to judge\n/);
    expect(stderr).toMatch(/1 task was not started; `clinvk runs retry/);
  });

  it("goes on after a kill -9 with the same answers in the same order", async () => {
    const run = startCouncil({ judge: JUDGE });
    await answerAll("one", "two", "three");
    const before = (await nextJudge()).stdin;
    run.child.kill("SIGKILL");
    await run.done;
    const [{ run_id, status }] = JSON.parse((await space.run(["runs", "list", "--json"])).stdout).runs;
    expect(status).toBe("interrupted");
    const again = space.start(["runs", "resume", run_id, "--json"]);
    const judge = await nextJudge();
    expect(judge.stdin).toBe(before);
    await judge.answer("They agree.");
    expect(JSON.parse((await again.done).stdout)).toMatchObject({ completed_tasks: 3, verdict: "They agree." });
    const [after] = JSON.parse((await space.run(["runs", "list", "--json"])).stdout).runs;
    expect(after).toMatchObject({ status: "finished", total_tasks: 3, completed_tasks: 3, unfinished_tasks: 0 });
  });

  it("judges anew when an answer is made anew", async () => {
    const run = startCouncil({ judge: JUDGE }, ["--json"]);
    await answerAll("one", "two", "three");
    await (await nextJudge()).answer("first verdict");
    const { run_id } = JSON.parse((await run.done).stdout);
    const again = space.start(["runs", "retry", run_id, "--task", "task-2", "--json"]);
    await (await clis.next({ name: "codex" })).answer("new two");
    const judge = await nextJudge();
    expect(judge.stdin).toContain("new two");
    await judge.answer("second verdict");
    expect(JSON.parse((await again.done).stdout)).toMatchObject({ verdict: "second verdict" });
  });

  it("has a large verdict whole, in the document and in the library", async () => {
    const large = "verdict ".repeat(50_000);
    const run = startCouncil({ judge: JUDGE }, ["--json"]);
    await answerAll("one", "two", "three");
    await (await nextJudge()).answer(large);
    const document = RunResult.parse(JSON.parse((await run.done).stdout));
    expect(document.verdict).toBe(large);
    expect(document.judge?.content).toBe(large);

    const file = { tasks: TASKS, judge: JUDGE };
    const library = parallel(file, { env: space.env, cwd: space.dir, journal: false });
    await answerAll("one", "two", "three");
    await (await nextJudge()).answer(large);
    const result = await library;
    expect([result.verdict, result.judge?.content]).toEqual([large, large]);
  });

  it("is shown in a dry run, and starts nothing", async () => {
    const { code, stdout } = await startCouncil({ judge: JUDGE }, ["--dry-run"]).done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/VERDICT .*\n=+\nWould execute: claude /);
    expect(clis.waiting).toEqual([]);
  });
});
