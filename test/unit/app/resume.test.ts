import { join } from "node:path";
import { expect, it } from "vitest";
import { type OpenResumeRequest, openResume } from "../../../src/app/resume.js";
import { loadConfig } from "../../../src/config/load.js";
import { isLocked } from "../../../src/store/lock.js";
import { runDir } from "../../../src/store/store.js";
import { err } from "../../../src/util/result.js";
import { RUN_ID } from "../../rig/events.js";
import { failTest, journalBytes, makeHome, newJournal, writeFinishedRun, writeRun } from "../../rig/journal.js";
import { planOf } from "../../rig/plan.js";

async function open(home: string, more: Partial<OpenResumeRequest> = {}) {
  const config = await loadConfig({ env: { CLINVK_HOME: home }, cwd: home });
  if (!config.ok) throw new Error("no configuration");
  return openResume({ config: config.value, run_id: RUN_ID, onError: failTest, ...more });
}

it("a finished run has nothing left to run, and is left as it was", async () => {
  const home = makeHome();
  writeFinishedRun(home);
  const before = journalBytes(home);
  const opened = await open(home);
  expect(opened).toMatchObject({ ok: false, error: { kind: "nothing_left" } });
  expect(journalBytes(home)).toEqual(before);
  expect(isLocked(runDir(home, RUN_ID))).toBe(false);
});

it("a task of a finished run that is named runs again", async () => {
  const home = makeHome();
  writeFinishedRun(home);
  const opened = await open(home, { again: ["task-2"] });
  if (!opened.ok) throw new Error("refused");
  expect([...opened.value.resumed.finished.keys()]).toEqual(["task-1", "task-3"]);
  opened.value.resumed.journal.close();
});

it("a run that was cut off after its last result is resumed all the same: its end is missing", async () => {
  const home = makeHome();
  writeRun(home, (e) => [e.taskStarted("task-1"), e.taskFinished("task-1")], { count: 1 });
  const opened = await open(home);
  if (!opened.ok) throw new Error("refused");
  expect(opened.value.resumed.finished.size).toBe(1);
  opened.value.resumed.journal.close();
});

it("a plan that is not admitted is refused, and then the run is free for others", async () => {
  const home = makeHome();
  writeRun(home, () => []);
  const refused = await open(home, { admit: async ({ tasks }) => err(`${tasks.length} tasks are too many`) });
  expect(refused).toEqual({ ok: false, error: { kind: "refused", message: "3 tasks are too many" } });
  expect(isLocked(runDir(home, RUN_ID))).toBe(false);
});

it("a prompt is not run again", async () => {
  const home = makeHome();
  newJournal(home, planOf(1, { kind: "prompt" })).close();
  expect(await open(home)).toEqual({ ok: false, error: { kind: "prompt" } });
});

it("an output directory that can't be used is a reason", async () => {
  const home = makeHome();
  const output_dir = join(home, "config-is-no-directory");
  writeRun(home, () => []);
  newJournal(home, planOf(1, { run_id: "20260101-000000-bbbbbb", output_dir: join(output_dir, "\0") })).close();
  const opened = await open(home, { run_id: "20260101-000000-bbbbbb" });
  expect(opened).toMatchObject({ ok: false, error: { kind: "refused" } });
});
