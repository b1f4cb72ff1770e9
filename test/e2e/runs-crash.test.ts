// Journals of processes that die in the middle, and on disks that end in the middle of a line.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { readRun } from "../../src/store/read-run.js";
import { resumeRun } from "../../src/store/resume.js";
import { listRuns } from "../../src/store/runs.js";
import { until } from "../rig/alive.js";
import { RUN_ID } from "../rig/events.js";
import { failTest, makeHome } from "../rig/journal.js";
import { storeProgram } from "../rig/store-process.js";

const program = storeProgram();
afterAll(() => program.dispose());

const TASKS = 300;

/** The number of the last event of which the process said that it is written. */
function lastSaid(said: readonly string[]): number {
  return Math.max(0, ...said.flatMap((line) => (line.startsWith("seq ") ? [Number(line.slice(4))] : [])));
}

it.each([1, 2, 7, 50, 123, 300, 501, 777, 1000, 1300])(
  "kill -9 after event %i loses nothing that was written",
  async (at) => {
    const home = makeHome();
    const child = program.start(["write", home, String(TASKS)]);
    // Events 3 to 5 of every five are live text, which is not told.
    await child.says(`seq ${at <= 2 ? at : at - ((at - 2) % 5)}`);
    child.kill();
    const said = lastSaid(await child.ended);

    const run = readRun(home, RUN_ID, { keep_content: true });
    if (!run.ok) failTest(run.error);
    expect(run.value.next_seq - 1).toBeGreaterThanOrEqual(said);
    for (const [id, record] of run.value.state.results) expect(record.content).toBe(`answer of ${id} `.repeat(30));
    expect(run.value.damage).toBeUndefined();
    const [listed] = listRuns(home);
    expect(["interrupted", "finished"]).toContain(listed?.status);

    const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
    if (!resumed.ok) failTest(resumed.error);
    expect([...resumed.value.finished.keys()]).toEqual([...run.value.state.results.keys()]);
    expect(resumed.value.next_seq).toBe(run.value.next_seq);
    resumed.value.journal.close();
  },
);

it("a disk that is full in the middle of a line: told once, the run goes on, all before it is there", async () => {
  const home = makeHome();
  mkdirSync(home, { recursive: true });
  // 256 KiB in blocks of 512 bytes: the plan fits, the journal does not.
  const child = program.start(["write", home, String(TASKS)], "ulimit -f 512");
  const said = await child.ended;
  expect(said.at(-1)).toBe("closed");
  const errors = said.filter((line) => line.startsWith("error "));
  expect(errors).toEqual([expect.stringMatching(/can't be written: .*EFBIG.*the run continues/)]);

  const written = lastSaid(said.slice(0, said.indexOf(errors[0] ?? "")));
  const run = readRun(home, RUN_ID);
  if (!run.ok) failTest(run.error);
  // The half line that still fitted is gone.
  expect(run.value).toMatchObject({ intact: true, damage: undefined });
  expect(run.value.next_seq - 1).toBeGreaterThanOrEqual(written);
  expect(written).toBeGreaterThan(50);
});

/** Sets how many bytes a file of a process may have. */
function limitFileSize(pid: number, bytes: string): boolean {
  return spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]).status === 0;
}

it.skipIf(spawnSync("prlimit", ["--version"]).status !== 0)(
  "a disk that has room again before the end of the run: nothing is missing in the journal",
  async () => {
    const home = makeHome();
    const child = program.start(["overfill", home, String(TASKS)], "ulimit -S -f 512");
    const isError = (line: string) => line.startsWith("error ");
    await until(() => child.said.some(isError));
    expect(limitFileSize(child.pid, "unlimited")).toBe(true);
    child.goOn();
    const said = await child.ended;
    expect(said.filter(isError)).toEqual([
      expect.stringMatching(/can't be written: .*EFBIG.*the run continues, but it is tried again/),
      expect.stringMatching(/is whole again/),
    ]);
    const run = readRun(home, RUN_ID);
    if (!run.ok) failTest(run.error);
    expect(run.value).toMatchObject({ intact: true, next_seq: TASKS + 3 });
    expect(run.value.state.results.size).toBe(TASKS);
    expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { completed: TASKS } }]);
  },
);
