import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isAlive, thisProcess } from "../../../src/process/owner.js";
import { describeProblem, isLocked, lockHolder, lockRun } from "../../../src/store/lock.js";
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
  const { owner, seen } = second.error.holder;
  expect(owner).toMatchObject({ pid: process.pid, host: hostname() });
  expect(new Date(owner.since).toISOString()).toBe(owner.since);
  expect(seen).toBe(true);
  expect(lockHolder(dir)?.owner).toEqual(owner);
  expect(describeProblem(second.error)).toBe(`process ${process.pid} works on it since ${owner.since}`);
});

it("what is given back can be taken again, and leaves one file behind", () => {
  const dir = makeHome();
  for (let i = 0; i < 5; i += 1) {
    const lock = lockRun(dir);
    if (!lock.ok) failTest("not free");
    lock.value.release();
    expect(isLocked(dir)).toBe(false);
    expect(locks(dir)).toHaveLength(1);
  }
});

it("the lock of a process that was killed with -9 is void", async () => {
  const dir = makeHome();
  const child = program.start(["hold", dir]);
  await child.says("locked");
  const held = lockRun(dir);
  expect(!held.ok && held.error.kind === "held" && held.error.holder.owner.pid).toBe(child.pid);
  child.kill();
  await child.ended;
  expect(isLocked(dir)).toBe(false);
  expect(lockRun(dir).ok).toBe(true);
});

it("a pid that was given to another process since is no owner; where pids can't be looked up, nobody can tell", () => {
  const me = { ...thisProcess(), since: "2026-01-01T00:00:00.000Z" };
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, start: me.start + 100 })).toBe(process.platform !== "linux");
  expect(isAlive({ ...me, boot: "another" })).toBeUndefined();
  if (process.platform !== "linux") return;
  expect(isAlive({ ...me, pid_namespace: "pid:[1]" })).toBeUndefined();
  // One machine may change its name, and two may share one.
  expect(isAlive({ ...me, host: "another" })).toBe(true);
  expect(isAlive({ ...me, host: "another", start: 1 })).toBe(false);
});

const ELSEWHERE = {
  pid: 4711,
  start: 1,
  boot: "b",
  pid_namespace: "pid:[1]",
  host: "pod-a",
  since: "2026-01-01T00:00:00.000Z",
};

/** A lock as a process on another machine has it, which showed its last sign of life so long ago. */
function lockedElsewhere(silent_seconds: number): string {
  const dir = makeHome();
  symlinkSync(JSON.stringify(ELSEWHERE), join(dir, "lock.3"));
  writeFileSync(join(dir, "alive"), ".");
  const last = Date.now() / 1000 - silent_seconds;
  utimesSync(join(dir, "alive"), last, last);
  lutimesSync(join(dir, "lock.3"), last - 3600, last - 3600);
  return dir;
}

it("the lock of a process that can't be seen from here holds while it shows signs of life; force takes it", () => {
  const dir = lockedElsewhere(40);
  const refused = lockRun(dir);
  if (refused.ok) failTest("taken");
  expect(refused.error).toMatchObject({ kind: "held", holder: { owner: ELSEWHERE, seen: false } });
  expect(describeProblem(refused.error, "clinvk runs resume X --force")).toMatch(
    /^process 4711 on pod-a works on it since 2026.*, and its last sign of life is 4\d s old; if it was killed, `clinvk runs resume X --force` takes it now, and it is free in (7\d|8[01]) s$/,
  );
  expect(isLocked(dir)).toBe(true);
  const forced = lockRun(dir, { force: true });
  expect(forced.ok && forced.value.seized).toBe(true);
  expect(lockHolder(dir)).toMatchObject({ seen: true, owner: { pid: process.pid } });
});

it("two minutes without a sign of life make it void, and whoever takes it then shows signs of its own", () => {
  const dir = lockedElsewhere(121);
  expect(isLocked(dir)).toBe(false);
  const lock = lockRun(dir);
  expect(lock.ok && lock.value.seized).toBe(true);
  expect(Date.now() - statSync(join(dir, "alive")).mtimeMs).toBeLessThan(60_000);
});

it("a lock that was just made counts as a sign of life itself: the old sign is another owner's", () => {
  const dir = lockedElsewhere(3600);
  symlinkSync(JSON.stringify(ELSEWHERE), join(dir, "lock.4"));
  expect(isLocked(dir)).toBe(true);
});

it("an owner that is seen alive keeps its lock, whoever forces", () => {
  const dir = makeHome();
  expect(lockRun(dir).ok).toBe(true);
  expect(lockRun(dir, { force: true }).ok).toBe(false);
});

it("an owner whose lock was seized notices, names the other one, and leaves the lock alone", () => {
  const dir = makeHome();
  const lock = lockRun(dir);
  if (!lock.ok) failTest("not free");
  expect(lock.value.isHeld()).toBe(true);
  const [mine = ""] = locks(dir);
  unlinkSync(join(dir, mine));
  symlinkSync(JSON.stringify(ELSEWHERE), join(dir, "lock.2"));
  const last = Date.now() / 1000 - 60;
  utimesSync(join(dir, "alive"), last, last);
  expect(lock.value.isHeld()).toBe(false);
  expect(lock.value.lost.reason).toContain("process 4711 on pod-a has taken it over");
  lock.value.release();
  expect(locks(dir)).toEqual(["lock.2"]);
  expect(Math.round(statSync(join(dir, "alive")).mtimeMs / 1000)).toBe(Math.round(last));
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

it.each([
  ["no JSON", "x"],
  ["no owner", "{}"],
  ["a host that would write on a terminal", JSON.stringify({ ...ELSEWHERE, host: "\u001b[31m\u202eevil\n" })],
])("a lock that names %s is of an unknown process: it holds for two minutes, and force takes it", (_, target) => {
  const dir = makeHome();
  symlinkSync(target, join(dir, "lock.1"));
  const refused = lockRun(dir);
  if (refused.ok) failTest("taken");
  expect(describeProblem(refused.error)).toMatch(
    /^process 0 on an unknown machine works on it since an unknown time, /,
  );
  expect(lockRun(dir, { force: true }).ok).toBe(true);
});

it("a sign of life from the future does not hold a lock until then", () => {
  const dir = lockedElsewhere(-86_400);
  expect(isLocked(dir)).toBe(false);
});

it("a link in the place of the sign of life is replaced, and the file behind it is left alone", () => {
  const [dir, other] = [makeHome(), join(makeHome(), "other")];
  writeFileSync(other, "");
  symlinkSync(other, join(dir, "alive"));
  expect(lockRun(dir).ok).toBe(true);
  expect(statSync(other).size).toBe(0);
  expect(lstatSync(join(dir, "alive")).isFile()).toBe(true);
});
