import { expect, it } from "vitest";
import { type ExecuteRequest, executeRun } from "../../../src/app/execute.js";
import { openResume } from "../../../src/app/resume.js";
import { loadConfig } from "../../../src/config/load.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { RUN_ID } from "../../rig/events.js";
import { failTest, makeHome, writeRun } from "../../rig/journal.js";

const NEVER_BEGAN = { start_time: null, end_time: null, attempts: 0, content: "" };

/** Resumes the recorded run, and stops it before anything starts. Returns what its reporter sees. */
async function resume(home: string, more: Partial<ExecuteRequest> = {}): Promise<RunEvent[]> {
  const config = await loadConfig({ env: { CLINVK_HOME: home }, cwd: home });
  if (!config.ok) throw new Error("no configuration");
  const opened = await openResume({ config: config.value, run_id: RUN_ID, onError: failTest });
  if (!opened.ok) throw new Error("refused");
  const seen: RunEvent[] = [];
  const reporter = { onEvent: (event: RunEvent) => void seen.push(event), close() {} };
  await executeRun({
    ...opened.value,
    config: config.value,
    env: {},
    journal: true,
    reporters: [reporter],
    signal: AbortSignal.abort("abort"),
    onProblem: failTest,
    onWarning: failTest,
    ...more,
  });
  return seen;
}

it("a resumed run shows the last end of each task that stays done, once", async () => {
  const home = makeHome();
  writeRun(
    home,
    (e) => [
      e.taskFinished("task-1", "CANCELED", NEVER_BEGAN),
      e.taskFinished("task-2", "OK"),
      e.taskFinished("task-3", "CANCELED", NEVER_BEGAN),
      e.finished(1, "SIGINT"),
      e.resumed(["task-1", "task-3"]),
      e.taskFinished("task-1", "FAILED", NEVER_BEGAN),
    ],
    { count: 3 },
  );
  const seen = await resume(home);
  const ends = seen.flatMap((event) => (event.type === "task_finished" ? [[event.task_id, event.result.status]] : []));
  expect(ends).toEqual([
    ["task-2", "OK"],
    ["task-1", "FAILED"],
    ["task-3", "CANCELED"],
  ]);
  expect(seen.map(({ type }) => type)).toEqual([
    "run_started",
    "task_finished",
    "task_finished",
    "run_resumed",
    "task_finished",
    "run_finished",
  ]);
});
