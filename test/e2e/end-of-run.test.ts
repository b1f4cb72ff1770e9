// What a person is told at the end of a run: what failed, what to type, what it has used, and where everything is.
import { utimesSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { noPty, PtyRun } from "../rig/pty.js";

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

const TASKS = {
  tasks: [
    { backend: "claude", name: "Review", prompt: "one;" },
    { backend: "codex", name: "Tests", prompt: "two;", retries: 0 },
    { backend: "gemini", name: "Docs", prompt: "three;", retries: 0 },
  ],
};

/** Claude answers; codex and gemini end with a code and nothing else. */
async function answerOne(): Promise<void> {
  await (await clis.next({ prompt: "one;" })).answer("fine");
  for (const prompt of ["two;", "three;"]) (await clis.next({ prompt })).exit(3);
}

it("names what failed by kind, and commands that exist", async () => {
  space.file("tasks.json", TASKS);
  const run = space.start(["parallel", "-f", "tasks.json", "--progress", "none"]);
  await answerOne();
  const { code, stderr, stdout } = await run.done;
  expect(code).toBe(1);
  const found = /^ {2}(\w+) +Tests, Docs$/m.exec(stderr);
  const [, kind = ""] = found ?? [];
  expect(stderr).toMatch(/^2 tasks failed:$/m);
  const [, retry = ""] = /^Try again: +clinvk (.+)$/m.exec(stderr) ?? [];
  const [, explain = ""] = /^Explain: +clinvk (.+)$/m.exec(stderr) ?? [];
  expect(explain).toBe(`explain ${kind}`);
  expect(stderr).toMatch(
    /^Used: +3 tokens in, 5 out \(not known for codex, gemini\), \$0\.0100 \(not known for codex, gemini\)$/m,
  );
  // The table stays as the user guide has it.
  expect(stdout).toMatch(/Total: 1\/3 tasks completed \(\d+\.\d\ds\)\n$/);
  expect((await space.run(explain.split(" "))).stdout).toContain(kind);
  const again = space.start([...retry.split(" "), "--progress", "none"]);
  for (const prompt of ["two;", "three;"]) await (await clis.next({ prompt })).answer("now it is");
  expect((await again.done).code).toBe(0);
});

it("has no command for a run that was not recorded", async () => {
  space.file("tasks.json", TASKS);
  const run = space.start(["parallel", "-f", "tasks.json", "--no-journal"]);
  await answerOne();
  const { stderr } = await run.done;
  expect(stderr).toMatch(/^2 tasks failed:$/m);
  expect(stderr).not.toContain("clinvk runs");
});

it("says nothing into a log when all went well", async () => {
  space.file("tasks.json", { tasks: [{ backend: "claude", prompt: "one;" }] });
  const run = space.start(["parallel", "-f", "tasks.json", "--quiet"]);
  await (await clis.next()).answer("fine");
  expect(await run.done).toMatchObject({ code: 0, stderr: "" });
});

it("is shown by `runs show`, too", async () => {
  space.file("tasks.json", TASKS);
  const run = space.start(["parallel", "-f", "tasks.json", "--json"]);
  await answerOne();
  const { run_id } = JSON.parse((await run.done).stdout);
  const { stdout } = await space.run(["runs", "show", run_id]);
  expect(stdout).toMatch(/^2 tasks failed:\n {2}\w+ +Tests, Docs\n/m);
  expect(stdout).toContain(`clinvk runs retry ${run_id} --failed\n`);
});

it("says how much of the budget is spent", async () => {
  space.file("tasks.json", { max_cost_usd: 0.005, ...TASKS, max_parallel: 1, tasks: TASKS.tasks.slice(0, 2) });
  const run = space.start(["parallel", "-f", "tasks.json", "--progress", "none"]);
  await (await clis.next()).answer("fine");
  const { stderr } = await run.done;
  expect(stderr).toMatch(/^Budget: +\$0\.0100 of \$0\.0050$/m);
});

it("an offline run has spent none of a budget of money", async () => {
  space.file("tasks.json", { max_cost_usd: 5, ...TASKS });
  const run = space.start(["parallel", "tasks.json", "--offline", "--progress", "none"]);
  await answerOne();
  const { stderr } = await run.done;
  expect(stderr).toContain("offline model, no cost");
  expect(stderr).not.toContain("Budget:");
});

describe.skipIf(noPty !== undefined)(`on a terminal${noPty === undefined ? "" : ` (${noPty})`}`, () => {
  it("tells what was used and where everything is, below the table", async () => {
    space.file("tasks.json", { tasks: [{ backend: "claude", prompt: "one;", name: "Review" }] });
    const flags = "--report html=r.html --output-dir answers";
    const run = new PtyRun(space, `exec clinvk parallel -f tasks.json ${flags}`);
    await (await clis.next()).answer("fine");
    expect(await run.done).toBe(0);
    expect(run.text.split("\n").slice(-4)).toEqual([
      expect.stringMatching(/^Total: 1\/1 tasks completed/),
      "Used:     3 tokens in, 5 out, $0.0100",
      "Report:   r.html",
      "Answers:  answers/",
    ]);
  });

  it("breaks what it says on stderr between words, and no command", async () => {
    space.file("tasks.json", { ...TASKS, tasks: TASKS.tasks.map((task) => ({ ...task, depends: ["a", "b"] })) });
    const refused = new PtyRun(space, "exec clinvk parallel -f tasks.json", { columns: 50, rows: 60 });
    expect(await refused.done).toBe(2);
    expect(refused.text).toContain("tasks[2].depends");
    expect(refused.wrapped).toEqual([]);

    space.file("tasks.json", TASKS);
    const flags = "--progress plain --max-parallel 1";
    const stopped = new PtyRun(space, `exec clinvk parallel -f tasks.json ${flags}`, { columns: 50, rows: 60 });
    await clis.next();
    process.kill(stopped.pid, "SIGINT");
    await stopped.done;
    expect(stopped.text).toMatch(/^ *`clinvk runs resume [\w-]+`/m);
    expect(stopped.wrapped).toEqual([]);
  });

  it.each(["explain", "explain quota_exhausted"])("fits `clinvk %s` to 40 columns", async (command) => {
    const shown = new PtyRun(space, `clinvk ${command}`, { columns: 40, rows: 60 });
    expect(await shown.done).toBe(0);
    expect(shown.wrapped).toEqual([]);
  });

  it.each([100, 80])("fits tables to %i columns", async (columns) => {
    const name = "A name that is exactly forty columns, see";
    space.file("tasks.json", { tasks: [{ backend: "claude", prompt: "one;", name }] });
    const run = space.start(["parallel", "-f", "tasks.json", "-q"]);
    await (await clis.next()).answer("fine");
    await run.done;
    for (const command of ["runs list", "runs show $(clinvk runs list | tail -1 | cut -c1-22)"]) {
      const shown = new PtyRun(space, `clinvk ${command}`, { columns, rows: 60 });
      await shown.done;
      expect(shown.wrapped).toEqual([]);
    }
  });
});

it("says how many files of the output directory are older than the run", async () => {
  const old = space.file("out/z-codex.md", "of an earlier run");
  utimesSync(old, 1000, 1000);
  space.file("tasks.json", { ...TASKS, output_dir: "out" });
  const run = space.start(["parallel", "tasks.json", "--progress", "none"]);
  await answerOne();
  expect((await run.done).stderr).toMatch(/^Answers: +out\/ \(1 file there is older than this run\)$/m);
});
