import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isAlive, thisProcess } from "../../../src/process/owner.js";
import { lockOwner, lockRun } from "../../../src/store/lock.js";
import { failTest, makeHome } from "../../rig/journal.js";
import { storeProgram } from "../../rig/store-process.js";

const program = storeProgram();
afterAll(() => program.dispose());

const locks = (dir: string) => readdirSync(dir).filter((name) => name.startsWith("lock."));

it("one gets it; the other is told who has it and since when", () => {
  const dir = makeHome();
  const first = lockRun(dir);
  expect(first.ok).toBe(true);
  const second = lockRun(dir);
  if (second.ok || second.error.kind !== "held") failTest("got it twice");
  expect(second.error.owner).toMatchObject({ pid: process.pid, host: hostname() });
  expect(new Date(second.error.owner.since).toISOString()).toBe(second.error.owner.since);
  expect(lockOwner(dir)).toEqual(second.error.owner);
});

it("what is given back can be taken again, and leaves one file behind", () => {
  const dir = makeHome();
  for (let i = 0; i < 5; i += 1) {
    const lock = lockRun(dir);
    if (!lock.ok) failTest("not free");
    lock.value.release();
    expect(lockOwner(dir)).toBeUndefined();
    expect(locks(dir)).toHaveLength(1);
  }
});

it("the lock of a process that was killed with -9 is void", async () => {
  const dir = makeHome();
  const child = program.start(["hold", dir]);
  await child.says("locked");
  const held = lockRun(dir);
  expect(!held.ok && held.error.kind === "held" && held.error.owner.pid).toBe(child.pid);
  child.kill();
  await child.ended;
  expect(lockOwner(dir)).toBeUndefined();
  expect(lockRun(dir).ok).toBe(true);
});

it("a pid that was given to another process since, or before the last boot, is no owner", () => {
  const me = { ...thisProcess(), since: "2026-01-01T00:00:00.000Z" };
  const rest = { start: me.start + 100, boot: me.boot };
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, start: rest.start })).toBe(process.platform !== "linux");
  expect(isAlive({ ...me, boot: "another" })).toBe(false);
  expect(isAlive({ ...me, host: "another" })).toBeUndefined();
});

it("a lock of another machine is respected: nobody can see from here whether its owner lives", () => {
  const dir = makeHome();
  const owner = { pid: 1, start: 1, boot: "b", host: "elsewhere", since: "2026-01-01T00:00:00.000Z" };
  symlinkSync(JSON.stringify(owner), join(dir, "lock.3"));
  expect(lockRun(dir)).toEqual({ ok: false, error: { kind: "held", owner } });
});

it("a directory that allows no lock is an error in words", () => {
  const lock = lockRun(join(makeHome(), "missing"));
  expect(!lock.ok && lock.error).toMatchObject({ kind: "failed", message: expect.stringContaining("ENOENT") });
});

it("of several processes that find a dead owner's lock, exactly one takes it over", async () => {
  const root = makeHome();
  const rounds = 150;
  const dead = { ...thisProcess(), start: 1, since: "2026-01-01T00:00:00.000Z" };
  for (let i = 0; i < rounds; i += 1) {
    mkdirSync(join(root, String(i)));
    symlinkSync(JSON.stringify(dead), join(root, String(i), "lock.7"));
  }
  const racers = Array.from({ length: 4 }, () => program.start(["race", root, String(rounds)]));
  // They live until all have tried: a lock must not become free by the end of its owner.
  await Promise.all(racers.map((racer) => racer.says("done")));
  for (let i = 0; i < rounds; i += 1) {
    const winners = readFileSync(join(root, String(i), "winners"), "utf8")
      .trim()
      .split("\n");
    expect(winners).toHaveLength(1);
    const [only = ""] = locks(join(root, String(i)));
    expect(JSON.parse(readlinkSync(join(root, String(i), only))).pid).toBe(Number(winners[0]));
  }
  for (const racer of racers) racer.kill();
  await Promise.all(racers.map((racer) => racer.ended));
});

it("two are never inside at once, however often it changes hands", async () => {
  const dir = makeHome();
  const workers = Array.from({ length: 3 }, () => program.start(["alternate", dir, "1500"]));
  const said = await Promise.all(workers.map((worker) => worker.ended));
  // A process that meets another one inside dies by an exception and says nothing.
  for (const lines of said) expect(lines).toEqual([expect.stringMatching(/^inside \d+$/)]);
  expect(said.flat().reduce((sum, line) => sum + Number(line.slice(7)), 0)).toBeGreaterThan(0);
});
