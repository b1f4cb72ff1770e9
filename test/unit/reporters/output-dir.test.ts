import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outputDirReporter, prepareOutputDir } from "../../../src/reporters/output-dir.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { runResult } from "../../../src/summary/documents.js";
import { emptyRun, fold } from "../../../src/summary/summary.js";
import {
  failed,
  guideResults,
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  taskStarted,
  wholeRun,
} from "./run-events.js";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "clinvk-out-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

function report(dir: string, events: readonly RunEvent[]): string[] {
  const errors: string[] = [];
  const reporter = outputDirReporter({ dir, onSinkError: (message) => errors.push(message) });
  for (const event of events) reporter.onEvent(event);
  reporter.close();
  return errors;
}

describe("output directory", () => {
  it("holds what the user guide lists, private", () => {
    const dir = join(base, "a", "parallel-results");
    expect(prepareOutputDir(dir)).toEqual({ ok: true, value: undefined });
    const events = wholeRun(guideResults);
    expect(report(dir, events)).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual([
      "summary.json",
      "task-1-claude.md",
      "task-2-codex.md",
      "task-3-gemini.md",
    ]);
    expect(readFileSync(join(dir, "task-1-claude.md"), "utf8")).toBe("Analyzing code structure...");
    expect(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"))).toEqual(
      runResult(events.reduce(fold, emptyRun())),
    );
    expect(mode(dir)).toBe(0o700);
    expect(mode(join(base, "a"))).toBe(0o700);
    for (const file of readdirSync(dir)) expect(mode(join(dir, file))).toBe(0o600);
  });

  it("loses the half-made files of processes that were killed, and those of nobody else", () => {
    const { pid: dead } = spawnSync("true");
    const host = hostname().replace(/[^A-Za-z0-9]/g, "_");
    const living = [`.clinvk-${host}-${process.pid}-ab-1.tmp`, `.clinvk-elsewhere-${dead}-ab-1.tmp`, ".mine.tmp"];
    for (const name of [...living, `.clinvk-${host}-${dead}-ab-1.tmp`]) writeFileSync(join(base, name), "half");
    expect(prepareOutputDir(base).ok).toBe(true);
    expect(readdirSync(base).sort()).toEqual(living.sort());
  });

  it("has each answer the moment its task ends", () => {
    const reporter = outputDirReporter({ dir: base, onSinkError: () => expect.unreachable() });
    const seen = wholeRun(guideResults).map((event) => {
      reporter.onEvent(event);
      return readdirSync(base).length;
    });
    expect(seen).toEqual([0, 0, 1, 1, 2, 2, 3, 4]);
  });

  it("replaces files and links that are there, and follows none", () => {
    const victim = join(base, "victim");
    const dir = join(base, "out");
    mkdirSync(dir);
    writeFileSync(victim, "untouched");
    for (const name of ["task-1-claude.md", "task-1-claude.log", "summary.json"]) symlinkSync(victim, join(dir, name));
    const task = record();
    const events = numbered([
      runStarted([task], { verbose: true }),
      taskStarted(task),
      { type: "task_activity", task_id: "task-1", attempt: 1, kind: "note", text: "a step" },
      taskFinished(task),
      runFinished(),
    ]);
    expect(report(dir, events)).toEqual([]);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    for (const name of readdirSync(dir)) expect(lstatSync(join(dir, name)).isFile()).toBe(true);
  });

  it("copies a large answer from its file", () => {
    const content = "0123456789".repeat(50_000);
    const path = join(base, "answer");
    writeFileSync(path, content);
    chmodSync(path, 0o644);
    const dir = join(base, "out");
    mkdirSync(dir);
    const file = { content: "", content_file: { path, bytes: content.length } };
    const results = [record(file), failed({ index: 1, ...file })];
    expect(report(dir, wholeRun(results))).toEqual([]);
    expect(readFileSync(join(dir, "task-1-claude.md"), "utf8") === content).toBe(true);
    expect(readFileSync(join(dir, "task-2-claude.md"), "utf8") === `${content}\n\nFAILED: killed by SIGSEGV\n`).toBe(
      true,
    );
    expect(mode(join(dir, "task-1-claude.md"))).toBe(0o600);
    expect(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8")).results[0].content === content).toBe(true);
    expect(readFileSync(path, "utf8") === content).toBe(true);
  });

  it("marks the answer of a task that did not succeed", () => {
    const results = [failed({ content: "Half" }), failed({ index: 1 })];
    report(base, wholeRun(results));
    expect(readFileSync(join(base, "task-1-claude.md"), "utf8")).toBe("Half\n\nFAILED: killed by SIGSEGV\n");
    expect(readFileSync(join(base, "task-2-claude.md"), "utf8")).toBe("FAILED: killed by SIGSEGV\n");
    const { results: documented } = JSON.parse(readFileSync(join(base, "summary.json"), "utf8"));
    expect(documented[0].content).toBe("Half");
  });

  it("keeps a log of verbose tasks that grows while they run", () => {
    const task = record();
    const bodies = [
      runStarted([task], { verbose: true }),
      taskStarted(task),
      { type: "task_activity", task_id: "task-1", attempt: 1, kind: "tool_call", tool: "Bash", text: "echo\nhi" },
      {
        type: "task_retrying",
        task_id: "task-1",
        attempt: 1,
        failure: { kind: "overloaded", message: "busy" },
        delay_seconds: 1,
        backend: "claude",
      },
    ] as const;
    const reporter = outputDirReporter({ dir: base, onSinkError: () => expect.unreachable() });
    for (const event of numbered(bodies)) reporter.onEvent(event);
    const log = join(base, "task-1-claude.log");
    expect(readFileSync(log, "utf8")).toBe(
      "2026-01-02T03:04:07.000Z tool Bash: echo\n2026-01-02T03:04:07.000Z hi\n" +
        "2026-01-02T03:04:08.000Z attempt 1 failed: Overloaded; trying again with claude in 1 s\n",
    );
    expect(mode(log)).toBe(0o600);
    reporter.close();
  });

  it("writes nothing outside itself, whatever the ids are", () => {
    const ids = ["../../evil", "/etc/passwd", "..", ".hidden", "a/b", "A_B", "a\u0000b", "x".repeat(400), "日本"];
    const dir = join(base, "out");
    mkdirSync(dir);
    const results = ids.map((task_id, index) => record({ index, task_id, content: task_id }));
    expect(report(dir, wholeRun(results))).toEqual([]);
    expect(readdirSync(base)).toEqual(["out"]);
    expect(readdirSync(dir)).toHaveLength(ids.length + 1);
    expect(readFileSync(join(dir, "A_B-claude-2.md"), "utf8")).toBe("A_B");
  });

  it("reports once that files can't be written, and goes on", () => {
    const dir = join(base, "out");
    mkdirSync(dir);
    const reporter = outputDirReporter({ dir, onSinkError: (message) => errors.push(message) });
    const errors: string[] = [];
    const events = wholeRun(guideResults);
    events.forEach((event, i) => {
      if (i === 3) rmSync(dir, { recursive: true });
      reporter.onEvent(event);
    });
    reporter.close();
    expect(errors).toEqual([`can't write ${join(dir, "task-2-codex.md")}: it does not exist (ENOENT)`]);
  });

  it("leaves no half file behind", () => {
    mkdirSync(join(base, "task-1-claude.md"));
    const errors = report(base, wholeRun([record()]));
    expect(errors).toHaveLength(1);
    expect(readdirSync(base).sort()).toEqual(["summary.json", "task-1-claude.md"]);
  });
});

describe("prepareOutputDir", () => {
  it("takes a directory that exists and leaves nothing in it", () => {
    expect(prepareOutputDir(base).ok).toBe(true);
    expect(readdirSync(base)).toEqual([]);
  });

  it("refuses a path that is a file, or below one", () => {
    const file = join(base, "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      expect(prepareOutputDir(path)).toMatchObject({
        ok: false,
        error: expect.stringMatching(/^can't write to the output directory .*: .+/),
      });
    }
  });

  it.runIf(existsSync("/proc/self"))("refuses, and does not hang on, a file system that takes no directories", () => {
    expect(prepareOutputDir("/proc/self/clinvk").ok).toBe(false);
  });
});
