import { beforeEach, expect, it } from "vitest";
import type { ProcessGroup } from "../../../src/process/group.js";
import { Scanner } from "../../../src/process/scanner.js";
import { FakeTable } from "./fake-table.js";

let table: FakeTable;
let scanner: Scanner;
let group: ProcessGroup;

beforeEach(() => {
  table = new FakeTable();
  scanner = new Scanner(table, "run");
  table.set(100, { start: 50, comm: "bystander" });
  table.set(200, { comm: "leader", environ: "CLINVK_RUN_CHAIN=:run.a:" });
  group = scanner.add("a", 200);
});

function members(of = group): number[] {
  return of
    .alive()
    .map((member) => member.pid)
    .sort((a, b) => a - b);
}

it("finds members by parent, group, session and marker, and nobody else", async () => {
  table.set(201, { ppid: 200 });
  table.set(202, { pgid: 200 });
  table.set(203, { sid: 201, pgid: 999 });
  table.set(204, { environ: "X=1\0CLINVK_RUN_CHAIN=:outer.x:run.a:" });
  table.set(205);
  table.set(206, { environ: "CLINVK_RUN_CHAIN=:another.a:" });
  await scanner.scan();
  expect(members()).toEqual([200, 201, 202, 203, 204]);
});

it("finds a child whose pid is lower than its parent's", async () => {
  table.set(150, { ppid: 160, start: 900 });
  table.set(160, { ppid: 300, start: 800 });
  table.set(300, { ppid: 200, start: 700 });
  await scanner.scan();
  expect(members()).toEqual([150, 160, 200, 300]);
});

it("remembers a member whose parent has died", async () => {
  table.set(201, { ppid: 200 });
  await scanner.scan();
  table.processes.delete(200);
  table.set(201, { ppid: 1, pgid: 201, sid: 201 });
  await scanner.scan();
  expect(members()).toEqual([201]);
});

it("does not take a process that has inherited a member's pid for the member", async () => {
  table.set(201, { ppid: 200 });
  await scanner.scan();
  table.set(201, { ppid: 1, start: 999 });
  table.set(202, { ppid: 201, start: 1000 });
  table.set(203, { pgid: 201, sid: 201, start: 1000 });
  scanner.forget();
  await scanner.scan();
  expect(members()).toEqual([200]);
});

it("does not take another process for a leader that is gone and was never looked at", async () => {
  group.leaderGone(200);
  table.set(200, { start: 999 });
  table.set(201, { ppid: 200, start: 1000 });
  table.set(202, { pgid: 200, sid: 200, start: 1000 });
  await scanner.scan();
  expect(members()).toEqual([]);
});

it("still knows the group of a leader that is gone", async () => {
  group.leaderGone(200);
  table.processes.delete(200);
  table.set(202, { pgid: 200, sid: 200 });
  await group.scan();
  expect(members()).toEqual([202]);
});

it("counts zombies as dead", async () => {
  table.set(201, { ppid: 200, state: "Z" });
  await scanner.scan();
  expect(members()).toEqual([200]);
  table.set(200, { state: "Z", environ: "" });
  expect(members()).toEqual([]);
});

it("tells two tasks of a run apart", async () => {
  table.set(210, { environ: "CLINVK_RUN_CHAIN=:run.b:" });
  const other = scanner.add("b", 210);
  table.set(211, { ppid: 210 });
  table.set(212, { environ: "CLINVK_RUN_CHAIN=:run.a:" });
  await scanner.scan();
  expect(members()).toEqual([200, 212]);
  expect(members(other)).toEqual([210, 211]);
});

it("takes what carries the marker of a task that is over for a stray", async () => {
  scanner.remove(group);
  table.set(201, { environ: "CLINVK_RUN_CHAIN=:run.a:" });
  await scanner.scan();
  expect(members(scanner.strays)).toEqual([200, 201]);
});

it("asks again about a process that was in the middle of an exec", async () => {
  table.set(201, { environ: "" });
  await group.scan();
  expect(members()).toEqual([200]);
  table.set(201, { environ: "CLINVK_RUN_CHAIN=:run.a:" });
  await group.scan();
  expect(members()).toEqual([200, 201]);
});

it("looks in a quick scan only at pids handed out since, unless they have come round", async () => {
  const asked: number[] = [];
  const read = table.read.bind(table);
  table.read = (pid) => {
    asked.push(pid);
    return read(pid);
  };
  table.set(201);
  await group.scan();
  expect(asked).toContain(201);
  expect(asked).not.toContain(100);
  asked.length = 0;
  await group.scan();
  expect(asked).toEqual([]);
  table.set(90, { start: 5000, environ: "CLINVK_RUN_CHAIN=:run.a:" });
  table.last = 90;
  await group.scan();
  expect(members()).toEqual([90, 200]);
});

it("sees what is forked while it looks", async () => {
  const pids = table.pids.bind(table);
  table.pids = () => {
    const before = pids();
    table.set(300, { environ: "CLINVK_RUN_CHAIN=:run.a:" });
    return before;
  };
  await scanner.scan();
  expect(members()).toEqual([200, 300]);
});

it("does not follow a storm of forks that are not ours for ever", async () => {
  let rounds = 0;
  table.lastPid = () => 1000 + rounds++;
  await scanner.scan();
  expect(rounds).toBeLessThan(20);
});

it("reads an environment once, and never that of an older process", async () => {
  const asked: number[] = [];
  const environ = table.environ.bind(table);
  table.environ = (pid) => {
    asked.push(pid);
    return environ(pid);
  };
  table.set(201);
  await scanner.scan();
  await scanner.scan();
  expect(asked).toEqual([201]);
});

it("works where the last pid is not told", async () => {
  table.lastPid = () => undefined;
  table.set(201, { ppid: 200 });
  await group.scan();
  table.set(202, { ppid: 201 });
  await group.scan();
  expect(members()).toEqual([200, 201, 202]);
});
