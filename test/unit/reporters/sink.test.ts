import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { coalesce, fdSink, fileSink, type Sink } from "../../../src/reporters/sink.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-sink-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function watched(fd: number): { sink: Sink; calls: string[] } {
  const calls: string[] = [];
  const sink = fdSink(fd, { name: "stdout", onError: (m) => calls.push(m), onClosed: () => calls.push("closed") });
  return { sink, calls };
}

function fifo(name: string): string {
  const path = join(dir, name);
  execFileSync("mkfifo", [path]);
  return path;
}

function fill(fd: number): number {
  const bytes = Buffer.alloc(4096, "x");
  let total = 0;
  try {
    for (;;) total += writeSync(fd, bytes);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN");
  }
  return total;
}

describe("sinks", () => {
  it("writes text of any size as UTF-8", () => {
    const path = join(dir, "plain");
    const text = `${"😀é日x".repeat(50_000)}\ud800`;
    const fd = openSync(path, "w");
    const { sink, calls } = watched(fd);
    sink.write("");
    sink.write(text);
    closeSync(fd);
    expect(readFileSync(path, "utf8") === `${text.slice(0, -1)}\ufffd`).toBe(true);
    expect(calls).toEqual([]);
  });

  it("waits for the reader of a full non-blocking pipe and loses nothing", async () => {
    const path = fifo("slow");
    const out = join(dir, "slow.out");
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const before = fill(fd);
    const reader = spawn("sh", ["-c", 'cat "$0" > "$1"', path, out], { stdio: "ignore" });
    const { sink, calls } = watched(fd);
    const text = "0123456789".repeat(100_000);
    // A reader needs to have opened the pipe before the last writer closes it: its first read makes room for this.
    sink.write(text);
    closeSync(fd);
    await once(reader, "exit");
    expect(readFileSync(out, "utf8").slice(before) === text).toBe(true);
    expect(calls).toEqual([]);
  });

  it("reports a closed pipe once and drops the rest", () => {
    const path = fifo("closed");
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, "w");
    closeSync(readEnd);
    const { sink, calls } = watched(fd);
    sink.write("a");
    sink.write("b");
    closeSync(fd);
    expect(calls).toEqual(["closed"]);
  });

  it.runIf(existsSync("/dev/full"))("reports a full disk once, in words", () => {
    const fd = openSync("/dev/full", "w");
    const { sink, calls } = watched(fd);
    sink.write("a");
    sink.write("b");
    closeSync(fd);
    expect(calls).toEqual(["can't write to stdout: the disk is full (ENOSPC)"]);
  });

  it("makes files private, and empties what was there", () => {
    const path = join(dir, "events.ndjson");
    const open = (target: string) => fileSink(target, { onError: () => expect.unreachable() });
    for (const text of ["a longer first text", "second"]) {
      const sink = open(path);
      if (!sink.ok) throw new Error(sink.error);
      sink.value.write(text);
      sink.value.close();
    }
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("says why a file can't be opened", () => {
    writeFileSync(join(dir, "file"), "");
    const open = (path: string) => fileSink(path, { onError: () => expect.unreachable() });
    expect(open(join(dir, "none", "x"))).toMatchObject({ ok: false, error: expect.stringContaining("does not exist") });
    expect(open(dir)).toMatchObject({ ok: false, error: `can't write to ${dir}: it is a directory (EISDIR)` });
  });

  it("gathers small pieces", () => {
    const writes: string[] = [];
    const out = coalesce((text) => writes.push(text));
    out.write("a");
    out.write("b");
    expect(writes).toEqual([]);
    out.flush();
    out.flush();
    expect(writes).toEqual(["ab"]);
    out.write("x".repeat(70_000));
    expect(writes).toHaveLength(2);
  });
});
