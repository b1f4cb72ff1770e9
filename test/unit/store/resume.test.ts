import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Plan } from "../../../src/plan/plan.js";
import { readRun } from "../../../src/store/read-run.js";
import { type ResumeOptions, resumePlan, resumeRun } from "../../../src/store/resume.js";
import { listRuns } from "../../../src/store/runs.js";
import { answersDir, runDir } from "../../../src/store/store.js";
import { lockSeemsElsewhere } from "../../rig/elsewhere.js";
import { Events, RUN_ID } from "../../rig/events.js";
import {
  failTest,
  journalBytes,
  journalPath,
  makeHome,
  newJournal,
  writeFinishedRun,
  writeRun,
} from "../../rig/journal.js";
import { makeTask, planOf } from "../../rig/plan.js";

/** A run in which each task has ended in another way, and task-6 not at all. */
function writeMixed(home: string): void {
  writeRun(
    home,
    (e) => [
      e.taskFinished("task-1", "OK"),
      e.taskFinished("task-2", "FAILED"),
      e.taskFinished("task-3", "TIMEOUT"),
      e.taskFinished("task-4", "CANCELED"),
      e.taskFinished("task-5", "WAITING"),
      e.taskStarted("task-6"),
    ],
    { count: 6 },
  );
}

function plan(home: string, options?: ResumeOptions) {
  const run = readRun<Plan>(home, RUN_ID, { keep_content: true });
  if (!run.ok) failTest(run.error);
  const left = resumePlan(run.value, options);
  if (!left.ok) failTest(left.error);
  return left.value;
}

it("what succeeded, failed or took too long is done; canceled, waiting and unfinished tasks run again", () => {
  const home = makeHome();
  writeMixed(home);
  const left = plan(home);
  expect([...left.finished.keys()]).toEqual(["task-1", "task-2", "task-3"]);
  expect(left.finished.get("task-1")?.content).toBe("the answer of task-1");
  expect(left.next_seq).toBe(8);
  expect(left.plan satisfies Plan).toEqual(planOf(6));
});

it("what the run's budget kept from beginning runs again, and what its own budget stopped does not", () => {
  const home = makeHome();
  const failure = { kind: "budget_exceeded" as const, message: "the budget is used up" };
  writeRun(
    home,
    (e) => [
      e.taskFinished("task-1", "OK"),
      e.taskFinished("task-2", "FAILED", { failure, attempts: 0 }),
      e.taskFinished("task-3", "FAILED", { failure, attempts: 1 }),
      e.finished(),
    ],
    { count: 3 },
  );
  expect([...plan(home).finished.keys()]).toEqual(["task-1", "task-3"]);
});

it("a retry also runs what failed, or the tasks that are named", () => {
  const home = makeHome();
  writeMixed(home);
  expect([...plan(home, { again: "failed" }).finished.keys()]).toEqual(["task-1"]);
  expect([...plan(home, { again: ["task-1", "task-4"] }).finished.keys()]).toEqual(["task-2", "task-3"]);
  const run = readRun(home, RUN_ID);
  if (!run.ok) failTest(run.error);
  expect(resumePlan(run.value, { again: ["task-7"] })).toEqual({
    ok: false,
    error: `the run ${RUN_ID} has no task "task-7"`,
  });
});

it("a large answer counts only while its file is whole", () => {
  const home = makeHome();
  mkdirSync(answersDir(home, RUN_ID), { recursive: true });
  const path = (n: number) => join(answersDir(home, RUN_ID), `${n}.md`);
  const kept = (n: number) => ({ content: "", content_file: { path: path(n), bytes: 5 } });
  for (const n of [1, 2, 3]) writeFileSync(path(n), "large");
  writeRun(home, (e) => [1, 2, 3].map((n) => e.taskFinished(`task-${n}`, "OK", kept(n))));
  truncateSync(path(2), 4);
  expect([...plan(home).finished.keys()]).toEqual(["task-1", "task-3"]);
});

it("the environment comes from the configuration of now; what is missing there is named", () => {
  const home = makeHome();
  const env = { TOKEN: "old-secret", REGION: "eu" };
  newJournal(home, planOf(1, { tasks: [makeTask({ backend: "codex", env })] })).close();
  const now: Record<string, Record<string, string>> = {
    codex: { TOKEN: "new", OTHER: "x" },
    claude: { REGION: "no" },
    gemini: {},
  };
  const left = plan(home, { env: (backend) => now[backend] ?? {} });
  expect(left.plan.tasks[0]?.env).toEqual({ TOKEN: "new" });
  expect(left.missing_env).toEqual(["REGION"]);
});

it("a run does not go on without the backends that it names", () => {
  const home = makeHome();
  const task = makeTask({ backend: "codex", fallbacks: [makeTask({ backend: "llm" })] });
  newJournal(home, planOf(1, { tasks: [task] })).close();
  expect(plan(home, { backends: ["claude", "codex", "llm"] }).plan.tasks).toHaveLength(1);
  expect(() => plan(home, { backends: ["claude", "codex"] })).toThrow(
    /the configuration has no backend "llm" any more/,
  );
  const other = makeHome();
  const judge = makeTask({ index: 1, id: "judge", backend: "llm" });
  newJournal(other, planOf(1, { judge })).close();
  expect(() => plan(other, { backends: ["claude", "codex"] })).toThrow(
    /the configuration has no backend "llm" any more/,
  );
});

it("a resumed run goes on in the same journal, and ends like an undisturbed one", () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskFinished("task-1"), e.taskStarted("task-2"), e.output("task-2", "half")]);
  truncateSync(journalPath(home), journalBytes(home).length - 3);
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  const { journal, next_seq } = resumed.value;
  expect(next_seq).toBe(4);
  expect(listRuns(home)).toMatchObject([{ status: "running", counts: { completed: 1, unfinished: 2 } }]);
  const more = new Events(RUN_ID, next_seq);
  journal.onEvent(more.resumed(["task-2", "task-3"]));
  for (const id of ["task-2", "task-3"]) journal.onEvent(more.taskFinished(id));
  journal.onEvent(more.finished());
  journal.close();
  expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { completed: 3, unfinished: 0 } }]);
  const read = readRun(home, RUN_ID);
  expect(read.ok && read.value.intact).toBe(true);
});

/** Changes a letter of an answer. */
function damage(home: string, taskId: string): Buffer {
  const bytes = journalBytes(home);
  bytes[bytes.indexOf(`the answer of ${taskId}`)] = 0x54;
  writeFileSync(journalPath(home), bytes);
  return bytes;
}

it("a damaged line costs the task whose result it told; what stands behind it stays, also in the file", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const bytes = damage(home, "task-2");
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  const { finished, journal, next_seq } = resumed.value;
  expect([...finished.keys()]).toEqual(["task-1", "task-3"]);
  const more = new Events(RUN_ID, next_seq);
  for (const event of [more.resumed(["task-2"]), more.taskFinished("task-2"), more.finished()]) journal.onEvent(event);
  journal.close();
  expect(journalBytes(home).subarray(0, bytes.length)).toEqual(bytes);
  expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { completed: 3 } }]);
});

it("a copy of a damaged journal is kept before its incomplete end is cut off", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const bytes = damage(home, "task-2").subarray(0, -7);
  writeFileSync(journalPath(home), bytes);
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  expect(readFileSync(join(runDir(home, RUN_ID), "events.torn"))).toEqual(bytes);
  expect(journalBytes(home)).toEqual(bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1));
  resumed.value.journal.close();
});

it("a run whose beginning is lost is not resumed, and stays as it is", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const bytes = journalBytes(home);
  bytes[20] = 0;
  writeFileSync(journalPath(home), bytes);
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  expect(!resumed.ok && resumed.error).toMatch(
    /can't be resumed: its journal is damaged \(line 1 can't be trusted: it is not as it was written\): the event with which/,
  );
  expect(journalBytes(home)).toEqual(bytes);
});

it("a result that was made void by a lost line is not taken for a new one", () => {
  const home = makeHome();
  const events = writeRun(home, (e) => [
    e.taskFinished("task-1", "FAILED"),
    e.resumed(["task-1"]),
    e.taskStarted("task-1"),
  ]);
  const bytes = journalBytes(home);
  bytes[bytes.indexOf("run_resumed")] = 0x54;
  writeFileSync(journalPath(home), bytes);
  const run = readRun(home, RUN_ID);
  if (!run.ok) failTest(run.error);
  expect([...run.value.events()]).toEqual(events.toSpliced(2, 1));
  expect([...run.value.state.results.keys()]).toEqual([]);
});

it("whoever seizes a run goes on in a new file: what the other process still writes gets nowhere", () => {
  const home = makeHome();
  const plan = planOf(2);
  const other = newJournal(home, plan);
  const events = new Events();
  for (const event of [events.started(plan), events.taskFinished("task-1")]) other.onEvent(event);
  lockSeemsElsewhere(runDir(home, RUN_ID));
  const refused = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  expect(!refused.ok && refused.error).toMatch(
    /can't be resumed: process \d+ on pod-a works on it since .*; if it was killed, it is free in \d+ s$/,
  );
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, force: true, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  expect([...resumed.value.finished.keys()]).toEqual(["task-1"]);
  const before = journalBytes(home);
  other.onEvent(events.taskFinished("task-2", "FAILED"));
  expect(other.lost.reason).toContain(`process ${process.pid} on `);
  other.close();
  expect(journalBytes(home)).toEqual(before);
  const more = new Events(RUN_ID, resumed.value.next_seq);
  for (const event of [more.resumed(["task-2"]), more.taskFinished("task-2"), more.finished()])
    resumed.value.journal.onEvent(event);
  resumed.value.journal.close();
  const read = readRun(home, RUN_ID);
  expect(read.ok && read.value.intact && read.value.state.results.get("task-2")?.status).toBe("OK");
});

it("a run whose directory was removed is told of once, and the lock is not mistaken for a lost one", () => {
  const home = makeHome();
  const problems: string[] = [];
  const plan = planOf(2);
  const journal = newJournal(home, plan, (message) => problems.push(message));
  const events = new Events();
  journal.onEvent(events.started(plan));
  rmSync(home, { recursive: true });
  for (const id of ["task-1", "task-2"]) journal.onEvent(events.taskFinished(id));
  journal.close();
  expect(problems).toEqual([
    expect.stringMatching(/the journal in .* can't be written: it was removed; the run continues/),
  ]);
  expect(journal.lost.aborted).toBe(false);
});

it("a run that another process works on, that is not there, or has no plan, can't be resumed", () => {
  const home = makeHome();
  const first = newJournal(home, planOf(1));
  const again = (run_id = RUN_ID) => {
    const resumed = resumeRun({ clinvk_home: home, run_id, onError: failTest });
    return resumed.ok ? "" : resumed.error;
  };
  expect(again()).toBe(
    `the run ${RUN_ID} can't be resumed: process ${process.pid} works on it since ${sinceOf(again())}`,
  );
  first.close();
  expect(again("nope")).toBe('there is no run "nope"');
  writeFileSync(join(runDir(home, RUN_ID), "plan.json"), "");
  expect(again()).toMatch(/can't be resumed: the plan .* is damaged$/);
  // The refusal has given the lock back.
  expect(again()).toMatch(/is damaged$/);
  expect(existsSync(journalPath(home))).toBe(true);
});

function sinceOf(message: string): string {
  return message.slice(message.lastIndexOf(" ") + 1);
}
