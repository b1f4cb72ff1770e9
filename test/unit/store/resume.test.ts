import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Plan } from "../../../src/plan/plan.js";
import { readRun } from "../../../src/store/read-run.js";
import { type ResumeOptions, resumePlan, resumeRun } from "../../../src/store/resume.js";
import { listRuns } from "../../../src/store/runs.js";
import { answersDir, runDir } from "../../../src/store/store.js";
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

it("a copy of a journal that was damaged before its end is kept", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const bytes = journalBytes(home);
  bytes[bytes.indexOf("the answer of task-2")] = 0x54;
  writeFileSync(journalPath(home), bytes);
  const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  expect([...resumed.value.finished.keys()]).toEqual(["task-1"]);
  expect(readFileSync(join(runDir(home, RUN_ID), "events.torn"))).toEqual(bytes);
  expect(journalBytes(home)).toEqual(bytes.subarray(0, resumed.value.run.trusted_bytes));
  resumed.value.journal.close();
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
