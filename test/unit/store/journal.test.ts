import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import type { Plan } from "../../../src/plan/plan.js";
import { openJournal } from "../../../src/store/journal.js";
import { readRun } from "../../../src/store/read-run.js";
import { answersDir, runDir } from "../../../src/store/store.js";
import { Events, RUN_ID } from "../../rig/events.js";
import { failTest, journalBytes, journalPath, makeHome, newJournal, writeFinishedRun } from "../../rig/journal.js";
import { makeTask, planOf } from "../../rig/plan.js";

const lines = (home: string) => journalBytes(home).toString().split("\n").slice(0, -1);

function open(home: string, plan: Plan = planOf(3)) {
  const events = new Events();
  const errors: string[] = [];
  const journal = newJournal(home, plan, (message) => errors.push(message));
  return { journal, events, errors, start: () => journal.onEvent(events.started(plan)) };
}

afterEach(() => {
  vi.useRealTimers();
});

it("writes each event as one JSON line, in order, with a checksum", () => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  const read = lines(home).map((line) => JSON.parse(line));
  expect(read.map(({ crc: _, ...event }) => event)).toEqual(JSON.parse(JSON.stringify(events)));
  for (const { crc } of read) expect(crc).toMatch(/^[0-9a-f]{8}$/);
});

it("keeps directories and files from other users", () => {
  const home = join(makeHome(), "new");
  writeFinishedRun(home);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect([home, join(home, "runs"), runDir(home, RUN_ID)].map(mode)).toEqual(["700", "700", "700"]);
  const files = readdirSync(runDir(home, RUN_ID)).filter((name) => !name.startsWith("lock."));
  expect(files.sort()).toEqual(["events.ndjson", "overview.json", "plan.json"]);
  for (const name of files) expect(mode(join(runDir(home, RUN_ID), name))).toBe("600");
});

it("writes the plan before the first event, without the values of the environment", () => {
  const home = makeHome();
  const task = makeTask({ env: { API_KEY: "s3cr3t-value" }, prompt: "Say ünicode \ud800" });
  const plan = planOf(1, { tasks: [task], context: "piped" });
  const { journal } = open(home, plan);
  const text = readFileSync(join(runDir(home, RUN_ID), "plan.json"), "utf8");
  expect(text).not.toContain("s3cr3t");
  const run = readRun<Plan>(home, RUN_ID);
  expect(run.ok && run.value.plan).toEqual({
    ok: true,
    value: { ...plan, tasks: [{ ...task, env: { API_KEY: "" } }] },
  });
  journal.close();
});

it("a change of state is on the disk when onEvent returns, with all that waited before it", () => {
  const home = makeHome();
  const { journal, events, start } = open(home);
  start();
  expect(lines(home)).toHaveLength(1);
  journal.onEvent(events.output("task-1", "a"));
  journal.onEvent(events.output("task-2", "b"));
  expect(lines(home)).toHaveLength(1);
  journal.onEvent(events.taskFinished("task-1"));
  expect(lines(home).map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3, 4]);
  journal.close();
});

it("live text is written after 100 ms, or when 4 KiB have come together", () => {
  vi.useFakeTimers();
  const home = makeHome();
  const { journal, events, start } = open(home);
  start();
  journal.onEvent(events.output("task-1", "a"));
  vi.advanceTimersByTime(99);
  expect(lines(home)).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(lines(home)).toHaveLength(2);
  journal.onEvent(events.output("task-1", "x".repeat(5000)));
  expect(lines(home)).toHaveLength(3);
  journal.onEvent(events.output("task-1", "last"));
  journal.close();
  expect(lines(home)).toHaveLength(4);
});

it("the timer does not keep the process alive", () => {
  const home = makeHome();
  const { journal, events, start } = open(home);
  start();
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  journal.onEvent(events.output("task-1", "a"));
  // An unref'd timer is not among the active resources.
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  journal.close();
});

it("a full disk is told once, and nothing is thrown", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  symlinkSync("/dev/full", journalPath(home));
  const { journal, events, errors, start } = open(home);
  start();
  journal.onEvent(events.output("task-1", "a"));
  journal.onEvent(events.taskFinished("task-1"));
  journal.onEvent(events.finished());
  journal.close();
  expect(errors).toEqual([
    expect.stringMatching(/the journal in .*abcdef can't be written: the disk is full \(ENOSPC\)/),
  ]);
});

it("a paid answer is synced when it is recorded, a dry run among the tasks is not", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  // It takes every write, and no sync.
  symlinkSync("/dev/null", journalPath(home));
  const tasks = [makeTask({ dry_run: true }), makeTask({ index: 1 })];
  const { journal, events, errors, start } = open(
    home,
    planOf(0, { tasks, judge: makeTask({ index: 2, dry_run: true }) }),
  );
  start();
  journal.onEvent(events.taskFinished("task-1"));
  journal.onEvent(events.taskFinished("task-3"));
  expect(errors).toEqual([]);
  journal.onEvent(events.taskFinished("task-2"));
  expect(errors).toEqual([expect.stringContaining("EINVAL")]);
  journal.close();
});

it("the end of a dry run is synced", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  symlinkSync("/dev/null", journalPath(home));
  const { journal, events, errors, start } = open(home, planOf(0, { tasks: [makeTask({ dry_run: true })] }));
  start();
  journal.onEvent(events.taskFinished("task-1"));
  expect(errors).toEqual([]);
  journal.onEvent(events.finished());
  expect(errors).toEqual([expect.stringContaining("EINVAL")]);
  journal.close();
});

it("a home that can't be made is the error of opening", () => {
  const home = join(makeHome(), "file");
  writeFileSync(home, "");
  const opened = openJournal({ clinvk_home: home, plan: planOf(3), onError: failTest });
  expect(opened).toEqual({ ok: false, error: expect.stringContaining("can't be written: ENOTDIR") });
});

it("a run whose name is taken is not written over", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const before = journalBytes(home);
  expect(openJournal({ clinvk_home: home, plan: planOf(3), onError: failTest }).ok).toBe(false);
  expect(journalBytes(home)).toEqual(before);
});

it("two journals of one run: the second is refused while the first is open", () => {
  const home = makeHome();
  const first = open(home);
  const second = openJournal({ clinvk_home: home, plan: planOf(3), onError: failTest });
  expect(second).toEqual({
    ok: false,
    error: expect.stringContaining(`process ${process.pid} works on it since`),
  });
  expect(first.errors).toEqual([]);
  first.journal.close();
});

it("a large answer's file is where the record says it is", () => {
  const home = makeHome();
  const { journal, events, start } = open(home);
  start();
  const path = join(answersDir(home, RUN_ID), "1.md");
  mkdirSync(answersDir(home, RUN_ID), { mode: 0o700 });
  writeFileSync(path, "large");
  journal.onEvent(events.taskFinished("task-1", "OK", { content: "", content_file: { path, bytes: 5 } }));
  journal.close();
  const run = readRun(home, RUN_ID);
  expect(run.ok && run.value.state.results.get("task-1")?.content_file).toEqual({ path, bytes: 5 });
});

it("lone surrogates and control characters come back as they were", () => {
  const home = makeHome();
  const { journal, events, start } = open(home);
  start();
  const content = "\ud800 \u0000 \u009b \u2028 \u{1f600} é\r\n";
  journal.onEvent(events.taskFinished("task-1", "OK", { content, meta: { "a\nb": [content] } }));
  journal.close();
  const run = readRun(home, RUN_ID, { keep_content: true });
  if (!run.ok) failTest(run.error);
  expect(run.value.state.results.get("task-1")?.content).toBe(content);
  expect(run.value.intact).toBe(true);
});
