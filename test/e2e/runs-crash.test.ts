// Journals of processes that die in the middle, and on disks that end in the middle of a line.
import { mkdirSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { readRun } from "../../src/store/read-run.js";
import { resumeRun } from "../../src/store/resume.js";
import { listRuns } from "../../src/store/runs.js";
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
  expect(run.value).toMatchObject({ intact: false, damage: undefined });
  expect(run.value.dropped_bytes).toBeGreaterThan(0);
  expect(run.value.next_seq - 1).toBeGreaterThanOrEqual(written);
  expect(written).toBeGreaterThan(50);
});
