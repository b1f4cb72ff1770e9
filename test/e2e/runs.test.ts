// `clinvk runs`, as the command line calls it.
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "../../src/cli/commands/runs.js";
import { answersDir, runsDir } from "../../src/store/store.js";
import { Workspace } from "../rig/clinvk.js";
import { Events } from "../rig/events.js";
import { journalBytes, journalPath, makeHome, newJournal, writeFinishedRun, writeRun } from "../rig/journal.js";
import { planOf } from "../rig/plan.js";

const [A, B] = ["20260101-000000-aaaaaa", "20260102-000000-bbbbbb"];

/** Starts the command; what it prints can be waited for. */
function start(home: string, ...argv: string[]) {
  const printed = { stdout: "", stderr: "" };
  const waiting: { text: string; resolve(): void }[] = [];
  const take = (stream: "stdout" | "stderr") => (text: string) => {
    printed[stream] += text;
    for (const wait of waiting) if (printed[stream].includes(wait.text)) wait.resolve();
  };
  const io = { stdout: take("stdout"), stderr: take("stderr"), env: { CLINVK_HOME: home }, cwd: "/" };
  const done = run(argv, io).then((code) => ({ code, ...printed }));
  const prints = (text: string) => new Promise<void>((resolve) => waiting.push({ text, resolve }));
  return { done, prints };
}

const clinvkRuns = (home: string, ...argv: string[]) => start(home, ...argv).done;

/** A journal of a run that goes on: it has the lock until it is closed. */
function live(home: string, runId: string, count = 2) {
  const plan = planOf(count, { run_id: runId });
  const events = new Events(runId);
  const journal = newJournal(home, plan);
  journal.onEvent(events.started(plan));
  return { journal, events };
}

it("list shows the newest first, in columns", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  writeRun(home, (e) => [e.taskFinished("task-1"), e.taskFinished("task-2", "FAILED")], { runId: B });
  expect(await clinvkRuns(home, "list")).toEqual({
    code: 0,
    stderr: "",
    stdout: [
      "RUN                     STATUS       TASKS                        STARTED     DURATION  NAME\n",
      "20260102-000000-bbbbbb  interrupted  1 OK, 1 failed, 1 not ended  2026-01-01  2.00s     parallel\n",
      "20260101-000000-aaaaaa  finished     3 OK                         2026-01-01  10.00s    parallel\n",
    ].join(""),
  });
  expect((await clinvkRuns(home, "list", "-n", "1")).stdout).not.toContain(A);
});

it("list --failed shows those in which a task failed, and the limit counts them only", async () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskFinished("task-1", "FAILED")], { runId: A });
  writeFinishedRun(home, B);
  const { stdout } = await clinvkRuns(home, "list", "--failed", "-n", "1");
  expect(stdout).toContain(A);
  expect(stdout).not.toContain(B);
  const none = makeHome();
  writeFinishedRun(none, A);
  expect((await clinvkRuns(none, "list", "--failed")).stderr).toBe(`there are no runs with failed tasks in ${none}\n`);
});

it("`last` is the newest run, wherever a run is named", async () => {
  const home = makeHome();
  expect((await clinvkRuns(home, "show", "last")).stderr).toBe(`clinvk runs show: there are no runs in ${home}\n`);
  writeFinishedRun(home, A);
  writeFinishedRun(home, B);
  expect((await clinvkRuns(home, "show", "last")).stdout).toContain(`Run ${B}: finished`);
  expect((await clinvkRuns(home, "logs", "last")).code).toBe(0);
  expect((await clinvkRuns(home, "rm", "last")).stdout).toBe(`removed ${B}\n`);
  expect((await clinvkRuns(home, "show", "last")).stdout).toContain(`Run ${A}: finished`);
});

it("list --json has the counts under the names of the other documents", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const { stdout } = await clinvkRuns(home, "list", "--json");
  expect(JSON.parse(stdout)).toEqual({
    runs: [
      {
        run_id: A,
        kind: "parallel",
        name: null,
        status: "finished",
        total_tasks: 3,
        completed_tasks: 3,
        failed_tasks: 0,
        canceled_tasks: 0,
        waiting_tasks: 0,
        unfinished_tasks: 0,
        total_duration_seconds: 10,
        start_time: "2026-01-01T00:00:00.000Z",
        last_event_time: "2026-01-01T00:00:10.000Z",
        offline: false,
        dry_run: false,
      },
    ],
  });
});

it("an empty home is said, not shown as an empty table", async () => {
  const home = makeHome();
  expect(await clinvkRuns(home, "list")).toEqual({ code: 0, stdout: "", stderr: `there are no runs in ${home}\n` });
  expect(JSON.parse((await clinvkRuns(home, "list", "--json")).stdout)).toEqual({ runs: [] });
});

it("show prints the summary table, what is left and how to go on", async () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskFinished("task-1"), e.taskFinished("task-2", "FAILED")], { runId: B });
  const { code, stdout } = await clinvkRuns(home, "show", "bbbbbb");
  expect(code).toBe(0);
  expect(stdout).toContain(`Run ${B}: interrupted, 1 OK, 1 failed, 1 not ended\n`);
  expect(stdout).toContain("PARALLEL EXECUTION SUMMARY");
  expect(stdout).toMatch(/Task 1 +claude +OK +1\.50s +Complete/);
  expect(stdout).toContain("Total: 1/3 tasks completed (2.00s)");
  expect(stdout).toContain("Not ended: task-3\n");
  expect(stdout).toContain(`\`clinvk runs resume ${B}\` runs what is left`);
});

it("show of a run that is under way claims nothing about its end", async () => {
  const home = makeHome();
  const { journal, events } = live(home, A);
  journal.onEvent(events.taskFinished("task-1"));
  const { stdout } = await clinvkRuns(home, "show", A);
  expect(stdout).toContain(`Run ${A}: running, 1 OK, 1 not ended\n`);
  expect(stdout).not.toContain("Total");
  expect(stdout).not.toContain("CANCELED");
  const json = JSON.parse((await clinvkRuns(home, "show", A, "--json")).stdout);
  expect(json).toMatchObject({
    status: "running",
    total_tasks: 2,
    unfinished_tasks: 1,
    canceled_tasks: 0,
    end_time: null,
  });
  expect(json.results).toHaveLength(1);
  journal.close();
});

it("show --json gives every answer, also large ones", async () => {
  const home = makeHome();
  mkdirSync(answersDir(home, A), { recursive: true });
  const path = join(answersDir(home, A), "1.md");
  const large = 'ä"\n'.repeat(100_000);
  writeFileSync(path, large);
  const content_file = { path, bytes: Buffer.byteLength(large) };
  const usage = { input_tokens: 3, output_tokens: 4, cached_tokens: null, reasoning_tokens: null };
  writeRun(
    home,
    (e) => [
      e.taskFinished("task-1", "OK", { content: "", content_file, usage, cost_usd: 0.5 }),
      e.taskFinished("task-2", "OK", { content: "small é" }),
      e.taskFinished("task-3", "FAILED", { content: "" }),
      e.finished(7),
    ],
    { runId: A },
  );
  const { code, stdout, stderr } = await clinvkRuns(home, "show", A, "--json");
  const json = JSON.parse(stdout);
  expect([code, stderr]).toEqual([0, ""]);
  expect(json).toMatchObject({
    run_id: A,
    status: "finished",
    intact: true,
    usage,
    cost_usd: 0.5,
    total_duration_seconds: 7,
  });
  expect(json.end_time).toBe("2026-01-01T00:00:04.000Z");
  expect(json.results.map((result: { content: string }) => result.content)).toEqual([large, "small é", ""]);
  expect(json.results[0]).not.toHaveProperty("content_file");
});

it("damage is told, and costs what stood there", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const bytes = journalBytes(home, A);
  bytes[bytes.indexOf("the answer of task-2")] = 0x54;
  writeFileSync(journalPath(home, A), Buffer.concat([bytes, Buffer.from("x")]));
  const text = await clinvkRuns(home, "show", A);
  expect(text.stdout).toContain("interrupted, 2 OK, 1 not ended");
  expect(text.stdout).toMatch(
    /The journal of .* is damaged: line \d+ can't be trusted: it is not as it was written; \d+ bytes are ignored/,
  );
  const json = await clinvkRuns(home, "show", A, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ intact: false, completed_tasks: 2 });
  expect(json.stderr).toContain("can't be trusted");
  const logs = await clinvkRuns(home, "logs", A);
  expect(logs).toMatchObject({ code: 1, stderr: expect.stringContaining("the journal is damaged: line") });
  expect(logs.stdout).toContain("[task-1] OK after 1.50s");
  expect(logs.stdout).toContain("[task-3] OK after 1.50s");
  const list = await clinvkRuns(home, "list", "--json");
  expect(JSON.parse(list.stdout).runs[0]).toMatchObject({
    completed_tasks: 2,
    unfinished_tasks: 1,
    status: "interrupted",
  });
});

it("logs prints the events as lines; live text as whole lines", async () => {
  const home = makeHome();
  writeRun(
    home,
    (e) => [
      e.taskStarted("task-1"),
      e.output("task-1", "Hello "),
      e.taskStarted("task-2"),
      e.output("task-1", "world\nsecond \u001b[31mline"),
      e.next({ type: "task_activity", task_id: "task-2", attempt: 1, kind: "tool_call", tool: "Bash", text: "ls -l" }),
      e.next({ type: "warning", message: "careful" }),
      e.taskFinished("task-1"),
      e.taskFinished("task-2", "FAILED"),
      e.finished(8, "SIGINT"),
    ],
    { runId: A, count: 2 },
  );
  const { code, stdout } = await clinvkRuns(home, "logs", A);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    "00:00:00 run started: 2 tasks, at most 3 at once",
    "00:00:01 [task-1] attempt 1 started: claude -p",
    "00:00:03 [task-2] attempt 1 started: claude -p",
    "[task-1] | Hello world",
    "00:00:05 [task-2] tool Bash: ls -l",
    "00:00:06 warning: careful",
    "[task-1] | second ^[[31mline",
    "00:00:07 [task-1] OK after 1.50s",
    "00:00:08 [task-2] FAILED after 1.50s: it broke",
    "00:00:09 run interrupted by SIGINT after 8.00s",
    "",
  ]);
  const only = await clinvkRuns(home, "logs", A, "--task", "task-2");
  expect(only.stdout.split("\n").map((line) => line.slice(9, 17))).toEqual(["[task-2]", "[task-2]", "[task-2]", ""]);
  const wrong = await clinvkRuns(home, "logs", A, "--task", "task-9");
  expect(wrong).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(
      /^clinvk runs logs: no task has the id or the name "task-9" — did you mean "task-\d"\?\n$/,
    ),
  });
  expect((await clinvkRuns(home, "logs", A, "--task", "Task 2")).stdout).toBe(only.stdout);
});

it("logs --follow shows what happens until the run has ended", async () => {
  const home = makeHome();
  const { journal, events } = live(home, A);
  const follow = start(home, "logs", A, "--follow");
  const second = follow.prints("[task-1] OK");
  journal.onEvent(events.taskFinished("task-1"));
  await second;
  const third = follow.prints("| half a line and the rest");
  journal.onEvent(events.output("task-2", "half a line"));
  journal.onEvent(events.taskStarted("task-2"));
  journal.onEvent(events.output("task-2", " and the rest\n"));
  journal.onEvent(events.taskFinished("task-2"));
  await third;
  journal.onEvent(events.finished());
  journal.close();
  const { code, stdout, stderr } = await follow.done;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.trim().split("\n").at(-1)).toContain("run finished after 10.00s");
});

it("logs --follow of a run whose process has died ends, and says how to go on", async () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskStarted("task-1")], { runId: A });
  const { code, stderr } = await clinvkRuns(home, "logs", A, "--follow");
  expect(code).toBe(1);
  expect(stderr).toContain(`the run's process is gone; \`clinvk runs resume ${A}\` continues it`);
});

it("rm removes what is named, all or nothing if a name is wrong, and never what is under way", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const { journal } = live(home, B);
  const wrong = await clinvkRuns(home, "rm", "aaaaaa", "zzz");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no run "zzz"') });
  expect(readdirSync(runsDir(home)).sort()).toEqual([A, B]);
  const both = await clinvkRuns(home, "rm", "aaaaaa", "bbbbbb");
  expect(both).toMatchObject({
    code: 1,
    stdout: `removed ${A}\n`,
    stderr: expect.stringContaining(`process ${process.pid} works on it`),
  });
  expect(readdirSync(runsDir(home))).toEqual([B]);
  journal.close();
});

it("prune removes what is old", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  writeFinishedRun(home, B);
  const hoursAgo = (hours: number) => Date.now() / 1000 - hours * 3600;
  utimesSync(journalPath(home, A), hoursAgo(13), hoursAgo(13));
  utimesSync(journalPath(home, B), hoursAgo(11), hoursAgo(11));
  expect(await clinvkRuns(home, "prune")).toMatchObject({ code: 0, stderr: "there is no run older than 30d\n" });
  expect(await clinvkRuns(home, "prune", "--older-than", "12h")).toEqual({
    code: 0,
    stdout: `removed ${A}\n`,
    stderr: "",
  });
  expect(await clinvkRuns(home, "prune", "--older-than", "soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected an age such as 30d or 12h, got "soon"'),
  });
});

it.each([
  [2, `removed ${A}\n`, ""],
  [0, "", expect.stringContaining("kept for ever")],
])("prune follows runs.retention_days: %i", async (days, stdout, stderr) => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const threeDaysAgo = Date.now() / 1000 - 3 * 24 * 3600;
  utimesSync(journalPath(home, A), threeDaysAgo, threeDaysAgo);
  writeFileSync(join(home, "config.yaml"), `runs:\n  retention_days: ${days}\n`);
  expect(await clinvkRuns(home, "prune")).toEqual({ code: 0, stdout, stderr });
});

it.each([
  [[]],
  [["nonsense"]],
  [["show"]],
  [["list", "-n", "0"]],
  [["list", "--wrong"]],
  [["show", "nope"]],
  [["logs", ""]],
])("%j is refused with exit code 2 and a reason", async (argv) => {
  const { code, stdout, stderr } = await clinvkRuns(makeHome(), ...argv);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).not.toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
});

it("a part of an id that fits several runs lists them", async () => {
  const home = makeHome();
  for (const id of [A, B]) writeFinishedRun(home, id);
  const { code, stderr } = await clinvkRuns(home, "show", "2026");
  expect([code, stderr]).toEqual([2, `clinvk runs show: "2026" fits 2 runs: ${B}, ${A}; give more of the id\n`]);
});

it("a home that can't be read is an error in words", async () => {
  const home = makeHome();
  // A link to itself: unreadable for every user, root included.
  symlinkSync("runs", runsDir(home));
  for (const argv of [["list"], ["show", A], ["rm", A], ["prune"]]) {
    expect(await clinvkRuns(home, ...argv)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^clinvk runs: ELOOP/),
    });
  }
});

it("resume of a run that has ended with failures names the command that runs them again", async () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskFinished("task-1", "FAILED"), e.taskFinished("task-2"), e.finished()], {
    count: 2,
    runId: A,
  });
  const space = new Workspace();
  const { code, stderr } = await space.run(["runs", "resume", A], { env: { CLINVK_HOME: home } });
  space.close();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `clinvk runs resume: the run ${A} has nothing left to run\n\`clinvk runs retry ${A} --failed\` runs the failed tasks again\n`,
  });
});

it("retry --task says what the tasks are called", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  expect(await clinvkRuns(home, "retry", A, "--task", "nothing like it")).toEqual({
    code: 2,
    stdout: "",
    stderr: `clinvk runs retry: no task has the id or the name "nothing like it" — the ids are task-1, task-2, task-3\n`,
  });
});

it("resume of a run with nothing left to run says so, gives its result again, and leaves it as it was", async () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const before = journalBytes(home, A);
  const shown = await clinvkRuns(home, "show", A, "--json");
  const space = new Workspace();
  const { code, stdout, stderr } = await space.run(["runs", "resume", A, "--json"], { env: { CLINVK_HOME: home } });
  space.close();
  expect(stderr).toBe(`clinvk runs resume: the run ${A} has nothing left to run\n`);
  expect(code).toBe(0);
  const { total_duration_seconds } = JSON.parse(shown.stdout);
  expect(JSON.parse(stdout)).toMatchObject({ completed_tasks: 3, total_duration_seconds, results: [{}, {}, {}] });
  expect(journalBytes(home, A)).toEqual(before);
});
