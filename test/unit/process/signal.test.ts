import { expect, it } from "vitest";
import { signalGroupOfChild, signalProcess } from "../../../src/process/signal.js";
import { FakeTable } from "./fake-table.js";

function setup() {
  const table = new FakeTable();
  const sent: string[] = [];
  const send = (pid: number, signal: string) => {
    sent.push(`${pid} ${signal}`);
  };
  return { table, sent, send };
}

it("signals a process that is still the one we know", () => {
  const { table, sent, send } = setup();
  table.set(500, { start: 7 });
  expect(signalProcess({ pid: 500, start: 7 }, "SIGKILL", table, send)).toBe(true);
  expect(sent).toEqual(["500 SIGKILL"]);
});

it("never signals another process that has the pid now, a dead one, pid 1 or ourselves", () => {
  const { table, sent, send } = setup();
  table.set(500, { start: 8 });
  table.set(501, { start: 7, state: "Z" });
  table.set(1, { start: 7 });
  table.set(process.pid, { start: 7 });
  for (const pid of [500, 501, 502, 1, 0, -500, process.pid]) {
    expect(signalProcess({ pid, start: 7 }, "SIGKILL", table, send)).toBe(false);
  }
  expect(signalGroupOfChild(1, "SIGKILL", send)).toBe(false);
  expect(signalGroupOfChild(process.pid, "SIGKILL", send)).toBe(false);
  expect(signalGroupOfChild(Number(undefined), "SIGKILL", send)).toBe(false);
  expect(sent).toEqual([]);
});

it("takes a process that vanishes or is another user's for not signalled", () => {
  const { table } = setup();
  table.set(500);
  const refuse = () => {
    throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
  };
  expect(signalProcess({ pid: 500, start: 500 }, "SIGKILL", table, refuse)).toBe(false);
});

it("signals the group of a child", () => {
  const { sent, send } = setup();
  expect(signalGroupOfChild(500, "SIGTERM", send)).toBe(true);
  expect(sent).toEqual(["-500 SIGTERM"]);
});
