import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { ProcTable, parseStat } from "../../../../src/process/table/proc.js";
import { parsePs } from "../../../../src/process/table/ps.js";

const rest = "0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 4711 1000 50 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0";

it("parses a stat line, whatever the program is called", () => {
  const stat = parseStat(`42 (a) S 1 (b\n) S 7 42 43 ${rest} 17 0 0 0 0 0 0\n`);
  expect(stat).toEqual({
    pid: 42,
    ppid: 7,
    pgid: 42,
    sid: 43,
    state: "S",
    start: 4711,
    comm: "a) S 1 (b\n",
    kernel: false,
  });
  expect(parseStat("")).toBeUndefined();
  expect(parseStat("42 (cut) S 1 2")).toBeUndefined();
});

it("knows threads of the kernel, and takes a thread of a program for no process", () => {
  expect(parseStat(`2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 3 ${"0 ".repeat(15)}17 0`)?.kernel).toBe(
    true,
  );
  expect(parseStat(`42 (node) S 7 42 43 ${rest} -1 0 0 0 0 0 0\n`)).toBeUndefined();
});

it("parses the listing of ps on macOS", () => {
  const rows = parsePs(
    [
      "    1     0     1 Ss   Sun Nov 23 17:28:01 2025     /sbin/launchd",
      "  501     1   501 Z    Mon Dec  1 07:05:09 2025     (sh)",
      "  502   501   501 T+   Mon Dec  1 07:05:10 2025     /usr/local/bin/node x.js CLINVK_RUN_CHAIN=:r.t:",
      "garbage",
    ].join("\n"),
  );
  expect([...rows.keys()]).toEqual([1, 501, 502]);
  expect(rows.get(502)?.info).toMatchObject({ ppid: 501, pgid: 501, state: "T", comm: "node" });
  expect(rows.get(502)?.text).toContain(":r.t:");
  expect(rows.get(501)?.info.state).toBe("Z");
  expect((rows.get(502)?.info.start ?? 0) - (rows.get(501)?.info.start ?? 0)).toBe(1000);
});

if (existsSync("/proc/self/stat")) {
  const table = new ProcTable();

  it("reads this process from /proc", () => {
    const self = table.read(process.pid);
    expect(self).toMatchObject({ pid: process.pid, ppid: process.ppid, kernel: false });
    expect(table.pids()).toContain(process.pid);
    expect(table.read(2 ** 30)).toBeUndefined();
    expect(table.environ(2 ** 30)).toBeUndefined();
  });

  it("does not take this process's threads for processes", () => {
    const threads = readdirSync("/proc/self/task").map(Number);
    const others = threads.filter((tid) => tid !== process.pid);
    expect(others.length).toBeGreaterThan(0);
    for (const tid of others) expect(table.read(tid)).toBeUndefined();
  });

  it("reads an environment of any size", async () => {
    const child = spawn("sleep", ["60"], { env: { PATH: process.env.PATH, BIG: "x".repeat(100_000), LAST: "end" } });
    await new Promise((resolve) => child.once("spawn", resolve));
    expect(table.environ(Number(child.pid))?.toString()).toMatch(/x{100000}\0LAST=end\0/);
    child.kill("SIGKILL");
  });

  it("tells the last pid, and it moves on with every process", () => {
    const before = table.lastPid();
    execFileSync("true");
    expect(before).toBeGreaterThan(0);
    expect(table.lastPid()).not.toBe(before);
  });
}
