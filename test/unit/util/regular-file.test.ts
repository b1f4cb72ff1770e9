// What stands in the place of a file and is none is refused at once. A FIFO would be waited for without end.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scratchRoot } from "../../../src/executors/scratch.js";
import { sweep } from "../../../src/executors/sweep.js";
import { readPlan } from "../../../src/store/plan-file.js";
import { readRun } from "../../../src/store/read-run.js";
import { runDir } from "../../../src/store/store.js";
import { readRegular } from "../../../src/util/regular-file.js";
import { RUN_ID } from "../../rig/events.js";
import { journalPath, makeHome, writeFinishedRun } from "../../rig/journal.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-regular-"));
afterAll(() => rmSync(dir, { recursive: true }));

function fifoAt(path: string): string {
  rmSync(path, { force: true });
  execFileSync("mkfifo", [path]);
  return path;
}

it("reads a file, also behind a link", () => {
  writeFileSync(join(dir, "file"), "text");
  symlinkSync(join(dir, "file"), join(dir, "link"));
  expect(readRegular(join(dir, "link")).toString()).toBe("text");
});

it("refuses a FIFO, a device and a directory", () => {
  const refused = expect.objectContaining({ message: expect.stringContaining("is no file"), code: "EINVAL" });
  for (const path of [fifoAt(join(dir, "fifo")), "/dev/zero", dir]) expect(() => readRegular(path)).toThrow(refused);
});

it("a FIFO in the place of a run's journal or plan is a damaged run", () => {
  const [first, second] = [makeHome(), makeHome()];
  writeFinishedRun(first);
  fifoAt(join(runDir(first, RUN_ID), "plan.json"));
  expect(readPlan(runDir(first, RUN_ID), RUN_ID)).toMatchObject({
    ok: false,
    error: expect.stringContaining("EINVAL"),
  });
  writeFinishedRun(second);
  fifoAt(journalPath(second));
  expect(readRun(second, RUN_ID)).toMatchObject({ ok: false });
});

it("a FIFO in the place of the owner of a scratch directory is no owner: the sweep leaves it alone", async () => {
  const home = makeHome();
  const scratch = join(scratchRoot(home), "run-1");
  mkdirSync(scratch, { recursive: true });
  fifoAt(join(scratch, "owner"));
  expect(await sweep(home)).toEqual([]);
});
