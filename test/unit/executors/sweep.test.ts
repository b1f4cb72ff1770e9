// What killed runs have left is ended and removed; what lives is left alone.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openRunScratch, type ScratchOwner, scratchRoot } from "../../../src/executors/scratch.js";
import { sweep } from "../../../src/executors/sweep.js";
import { markerChain, newRunMarker } from "../../../src/process/env.js";
import { thisProcess } from "../../../src/process/owner.js";
import { isAlive, until } from "../../rig/alive.js";

let home: string;
let runs = 0;
const children: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "clinvk-sweep-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(home, { recursive: true });
});

/** A process that carries a run's marker. */
function leftOver(marker: string): ChildProcess {
  const env = { PATH: "/usr/bin:/bin", CLINVK_RUN_CHAIN: markerChain(undefined, marker, "1") };
  const child = spawn("sleep", ["3600"], { env, stdio: "ignore", detached: true });
  children.push(child);
  return child;
}

/** The directory of a run whose process is what `owner` says; by default one that has ended. */
function abandoned(owner: Partial<ScratchOwner> = {}): string {
  const dir = join(scratchRoot(home), `run-${++runs}`);
  mkdirSync(join(dir, "attempt-1"), { recursive: true });
  const { pid } = spawnSync("true");
  const whole = { ...thisProcess(), pid, marker: newRunMarker(), oldest: thisProcess().start, ...owner };
  writeFileSync(join(dir, "owner"), JSON.stringify(whole));
  return dir;
}

/** As if the last sign of life of the run were more than two minutes old. */
function silent(dir: string): void {
  const last = Date.now() / 1000 - 121;
  utimesSync(join(dir, "owner"), last, last);
}

it("ends the processes of a dead run, those of others not, and removes its directory", async () => {
  const marker = newRunMarker();
  const ours = leftOver(marker);
  const other = leftOver(newRunMarker());
  const dir = abandoned({ marker });
  expect(await sweep(home)).toEqual([]);
  await until(() => !isAlive(Number(ours.pid)));
  expect(isAlive(Number(other.pid))).toBe(true);
  expect(existsSync(dir)).toBe(false);
});

it("leaves a run that lives alone", async () => {
  const marker = newRunMarker();
  const child = leftOver(marker);
  const { dir, close } = openRunScratch(home, "20260101-000000-abcdef", { marker, oldest: thisProcess().start });
  expect(await sweep(home)).toEqual([]);
  expect(isAlive(Number(child.pid))).toBe(true);
  expect(readdirSync(dir)).toEqual(["owner"]);
  close();
});

it("leaves a run that can't be seen from here alone, until it shows no sign of life", async () => {
  const dir = abandoned({ boot: "another machine's" });
  await sweep(home);
  expect(existsSync(dir)).toBe(true);
  silent(dir);
  await sweep(home);
  expect(existsSync(dir)).toBe(false);
});

it("after a restart of the machine only removes the directory", async () => {
  const marker = newRunMarker();
  const child = leftOver(marker);
  const dir = abandoned({ marker, boot: "an earlier one" });
  silent(dir);
  await sweep(home);
  expect(existsSync(dir)).toBe(false);
  expect(isAlive(Number(child.pid))).toBe(true);
});

it.each(["", "{", "{}", '{"marker":""}'])(
  "removes a directory whose owner is %j only once it is old",
  async (owner) => {
    const dir = abandoned();
    writeFileSync(join(dir, "owner"), owner);
    await sweep(home);
    expect(existsSync(dir)).toBe(true);
    utimesSync(dir, 0, Date.now() / 1000 - 7200);
    await sweep(home);
    expect(existsSync(dir)).toBe(false);
  },
);

it("may be done by several at once, also while others begin", async () => {
  const markers = Array.from({ length: 3 }, newRunMarker);
  const left = markers.map(leftOver);
  for (const marker of markers) abandoned({ marker, pid: spawnSync("true").pid });
  const { dir: begun, close } = openRunScratch(home, "run", { marker: newRunMarker(), oldest: 0 });
  await Promise.all([sweep(home), sweep(home), sweep(home)]);
  for (const child of left) await until(() => !isAlive(Number(child.pid)));
  expect(existsSync(begun)).toBe(true);
  expect(readdirSync(scratchRoot(home))).toHaveLength(1);
  close();
});

it("has nothing to do in a home without runs", async () => {
  expect(await sweep(join(home, "none"))).toEqual([]);
});
