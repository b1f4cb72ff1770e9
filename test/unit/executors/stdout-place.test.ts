import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { knownDir, stdoutFile } from "../../../src/executors/stdout-place.js";

const SCRATCH = "/home/me/.clinvk/tmp/run-1/attempt-1";
const TASK = { output_limit_bytes: 1000 };

/** The directory that is chosen, with this many bytes free in some directories and plenty in all others. */
function chosen(free: Record<string, number | undefined>): string | undefined {
  const file = stdoutFile(SCRATCH, TASK, (dir) => (dir in free ? free[dir] : 1e12));
  return file && knownDir(file);
}

it("output goes to the attempt's directory while its disk has room, or does not tell", () => {
  expect(stdoutFile(SCRATCH, TASK, () => 1e12)?.path).toBe(`${SCRATCH}/.stdout`);
  expect(chosen({})).toBe("/home/me/.clinvk/tmp");
  expect(chosen({ [SCRATCH]: undefined })).toBe("/home/me/.clinvk/tmp");
});

it("on a disk that is nearly full it goes where there is room, under a name of its own", () => {
  const full = 1024 * 1024;
  expect(chosen({ [SCRATCH]: full })).toBe(tmpdir());
  expect(chosen({ [SCRATCH]: full, [tmpdir()]: full })).toBe("/dev/shm");
  expect(chosen({ [SCRATCH]: full, [tmpdir()]: full, "/dev/shm": 0 })).toBeUndefined();
  const paths = [1, 2].map(() => stdoutFile(SCRATCH, TASK, (dir) => (dir === SCRATCH ? full : 1e12))?.path ?? "");
  expect(new Set(paths).size).toBe(2);
  expect(paths.map(dirname)).toEqual([tmpdir(), tmpdir()]);
});
