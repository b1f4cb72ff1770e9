import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pieces } from "../../../src/reporters/content.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { formatLine } from "../../../src/store/journal-line.js";
import { JournalReader } from "../../../src/store/journal-reader.js";
import { readRun } from "../../../src/store/read-run.js";
import { answersDir, runDir } from "../../../src/store/store.js";
import { Events, RUN_ID } from "../../rig/events.js";
import { failTest, journalBytes, journalPath, makeHome, writeFinishedRun, writeRun } from "../../rig/journal.js";
import { planOf } from "../../rig/plan.js";

function read(home: string, runId = RUN_ID) {
  const run = readRun(home, runId);
  if (!run.ok) failTest(run.error);
  return run.value;
}

/** A journal of exactly these events, whatever they are. */
function forge(home: string, events: readonly object[]): void {
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  writeFileSync(journalPath(home), events.map((event) => formatLine(event)).join(""));
}

it("gives back every event of an undisturbed run, and its state", () => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  const run = read(home);
  expect([...run.events()]).toEqual(events);
  expect(run).toMatchObject({ intact: true, dropped_bytes: 0, next_seq: events.length + 1, damage: undefined });
  expect([...run.state.results.keys()]).toEqual(["task-1", "task-2", "task-3"]);
  expect(run.state.finished).toEqual(events.at(-1));
});

it("a torn last line is dropped", () => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  const size = journalBytes(home).length;
  truncateSync(journalPath(home), size - 5);
  const run = read(home);
  expect([...run.events()]).toEqual(events.slice(0, -1));
  expect(run).toMatchObject({ intact: false, next_seq: events.length, damage: undefined });
  expect(run.whole_bytes + run.dropped_bytes).toBe(size - 5);
});

it("damage in the middle costs the line that it is in, and none behind it", () => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  const bytes = journalBytes(home);
  // A letter inside an answer: still valid JSON, still a valid event.
  const at = bytes.indexOf("the answer of task-2");
  bytes[at] = "T".charCodeAt(0);
  writeFileSync(journalPath(home), bytes);
  const run = read(home);
  const lost = events.findIndex((event) => event.type === "task_finished" && event.task_id === "task-2");
  expect([...run.events()]).toEqual(events.toSpliced(lost, 1));
  expect([...run.state.results.keys()]).toEqual(["task-1", "task-3"]);
  expect(run.damage).toBe(`line ${lost + 1} can't be trusted: it is not as it was written`);
  expect(run.intact).toBe(false);
});

it.each([
  ["zeros", Buffer.alloc(200_000)],
  ["an empty line", Buffer.from("\n")],
  ["foreign JSON", Buffer.from('{"a":1}\n')],
  ["noise", Buffer.from([0xff, 0xfe, 0x0a, 0x0a, 0x80])],
])("%s at the end are dropped", (_name, tail) => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  appendFileSync(journalPath(home), tail);
  const run = read(home);
  expect([...run.events()]).toEqual(events);
  expect(run).toMatchObject({ intact: false, dropped_bytes: tail.length });
});

const contradictions: [string, (e: Events) => object[], trusted: number][] = [
  ["no start", (e) => [e.taskStarted("task-1")], 0],
  ["a second start", (e) => [e.started(planOf(2)), e.started(planOf(2))], 1],
  ["another run's event", (e) => [e.started(planOf(2)), { ...e.finished(), run_id: "other" }], 1],
  ["a number twice", (e) => [e.started(planOf(2)), { ...e.taskStarted("task-1"), seq: 1 }], 1],
  ["two results", (e) => [e.started(planOf(2)), e.taskFinished("task-1"), e.taskFinished("task-1", "FAILED")], 2],
  ["a result of no task", (e) => [e.started(planOf(2)), e.taskFinished("task-9")], 1],
  ["a result of another task", (e) => [e.started(planOf(2)), { ...e.taskFinished("task-1"), task_id: "task-2" }], 1],
  ["a resume of no task", (e) => [e.started(planOf(2)), e.resumed(["task-7"])], 1],
  ["a result of a task not resumed", (e) => [e.started(planOf(2)), e.resumed(["task-2"]), e.taskFinished("task-1")], 2],
  ["an unknown type", (e) => [e.started(planOf(2)), { ...e.finished(), type: "run_exploded" }], 1],
  ["an unknown field", (e) => [e.started(planOf(2)), { ...e.finished(), more: 1 }], 1],
  ["another version", (e) => [{ ...e.started(planOf(2)), v: 2 }], 0],
];
it.each(contradictions)("lines that disagree are not trusted: %s", (_name, tell, trusted) => {
  const home = makeHome();
  const events = tell(new Events());
  forge(home, events);
  const run = read(home);
  expect([...run.events()]).toEqual(events.slice(0, trusted));
  expect(run.intact).toBe(false);
  expect(run.damage).toMatch(/^line \d can't be trusted: /);
});

it("what runs again after a resume has no result until it ends again", () => {
  const home = makeHome();
  writeRun(home, (e) => [
    e.taskFinished("task-1"),
    e.taskFinished("task-2", "CANCELED"),
    e.taskFinished("task-3", "CANCELED"),
    e.finished(5, "SIGINT"),
    e.resumed(["task-2", "task-3"]),
    e.taskFinished("task-3"),
  ]);
  const run = read(home);
  expect(run.intact).toBe(true);
  expect([...run.state.results.keys()]).toEqual(["task-1", "task-3"]);
  expect(run.state.finished).toBeUndefined();
});

it("a reader goes on where it stopped, and leaves a half-written line for later", () => {
  const home = makeHome();
  const events = writeFinishedRun(home);
  const bytes = journalBytes(home);
  const path = journalPath(home);
  const reader = new JournalReader(runDir(home, RUN_ID), RUN_ID);
  writeFileSync(path, bytes.subarray(0, 1000));
  const first = [...reader.read()];
  writeFileSync(path, bytes);
  const second = [...reader.read()];
  expect(first.length).toBeGreaterThan(0);
  expect(second.length).toBeGreaterThan(0);
  expect([...first, ...second]).toEqual(events);
  expect(reader.damage).toBeUndefined();
  expect([...reader.read()]).toEqual([]);
});

it("lines far larger than a piece of reading come back whole", () => {
  const home = makeHome();
  const content = "äöü€ ".repeat(200_000);
  const events = writeRun(home, (e) => [e.taskFinished("task-1", "OK", { content }), e.finished()]);
  expect([...read(home).events()]).toEqual(events);
});

it("memory stays flat however long a journal is", () => {
  const home = makeHome();
  const many = 60_000;
  const events = new Events();
  const head = formatLine(events.started(planOf(1)));
  const tail: string[] = [];
  for (let i = 0; i < many; i += 1) tail.push(formatLine(events.output("task-1", "0123456789".repeat(30))));
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  writeFileSync(journalPath(home), head);
  for (let i = 0; i < many; i += 10_000) appendFileSync(journalPath(home), tail.slice(i, i + 10_000).join(""));
  tail.length = 0;
  const before = process.memoryUsage().arrayBuffers;
  let count = 0;
  let peak = 0;
  for (const event of new JournalReader(runDir(home, RUN_ID), RUN_ID).read()) {
    count += event.type === "task_output" ? 1 : 0;
    if (count % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  expect(count).toBe(many);
  // The file has 27 MB; Buffers are what makes spawning slow.
  expect(peak).toBeLessThan(8 * 1024 * 1024);
});

it.each(["/etc/passwd", "../plan.json", "answers/../../plan.json", "..", ""])(
  "a journal that names the file %j as an answer does not give it out",
  (path) => {
    const home = makeHome();
    const e = new Events();
    forge(home, [
      e.started(planOf(1)),
      e.taskFinished("task-1", "OK", { content: "", content_file: { path, bytes: 9 } }),
    ]);
    const record = read(home).state.results.get("task-1");
    if (record === undefined) return failTest("nothing was read");
    const problems: string[] = [];
    expect([...pieces(record, (problem) => problems.push(problem))]).toEqual([]);
    expect(problems).toHaveLength(1);
  },
);

it("a run that was moved finds its answers", () => {
  const home = makeHome();
  const answer = (where: string) => join(answersDir(where, RUN_ID), "1-1.md");
  mkdirSync(answersDir(home, RUN_ID), { recursive: true });
  writeFileSync(answer(home), "large");
  writeRun(home, (e) => [
    e.taskFinished("task-1", "OK", { content: "", content_file: { path: answer(home), bytes: 5 } }),
  ]);
  const moved = join(home, "moved");
  mkdirSync(moved);
  renameSync(join(home, "runs"), join(moved, "runs"));
  expect(read(moved).state.results.get("task-1")?.content_file).toEqual({ path: answer(moved), bytes: 5 });
});

it("a plan that is missing, damaged or another run's is an error in words", () => {
  const home = makeHome();
  writeFinishedRun(home);
  const path = join(runDir(home, RUN_ID), "plan.json");
  const problem = () => {
    const { plan } = read(home);
    return plan.ok ? "" : plan.error;
  };
  writeFileSync(path, formatLine({ v: 1, plan: planOf(1, { run_id: "other" }) }));
  expect(problem()).toContain("belongs to the run other");
  writeFileSync(path, formatLine({ v: 99, plan: planOf(1) }));
  expect(problem()).toContain("another version of clinvk");
  writeFileSync(path, formatLine({ v: 1, plan: planOf(1) }).replace("Say hello", "Say hullo"));
  expect(problem()).toContain("is damaged");
  rmSync(path);
  expect(problem()).toContain("is missing");
});

it("there is nothing to read of a run that is not there, nor outside of the runs", () => {
  const home = makeHome();
  writeFinishedRun(home);
  for (const id of ["20990101-000000-aaaaaa", "", ".", "..", `../runs/${RUN_ID}`, ".pruned"]) {
    expect(readRun(home, id)).toEqual({ ok: false, error: `there is no run "${id}"` });
  }
});

it("a run of which nothing was written yet is an empty one", () => {
  const home = makeHome();
  writeFinishedRun(home);
  rmSync(journalPath(home));
  const run = read(home);
  expect(run).toMatchObject({ intact: true, next_seq: 1, whole_bytes: 0 });
  expect([...run.events()] satisfies RunEvent[]).toEqual([]);
});
