import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/schema/event.js";
import { readRun } from "../../../src/store/read-run.js";
import { findRun, listRuns, prune, pruneIfDue, removeRun, runIds } from "../../../src/store/runs.js";
import { runDir, runsDir } from "../../../src/store/store.js";
import { Events, finishAll, recordOf } from "../../rig/events.js";
import { journalBytes, journalPath, makeHome, newJournal, writeFinishedRun, writeRun } from "../../rig/journal.js";
import { makeTask, planOf } from "../../rig/plan.js";
import { plannedOf } from "../reporters/run-events.js";

const DAY = 24 * 60 * 60 * 1000;
const [A, B, C, D] = [
  "20260101-000000-aaaaaa",
  "20260102-000000-bbbbbb",
  "20260103-000000-aabbbb",
  "20260103-000001-dddddd",
];

function age(home: string, runId: string, days: number, now: number): void {
  utimesSync(journalPath(home, runId), (now - days * DAY) / 1000, (now - days * DAY) / 1000);
}

it("lists the newest first, with what became of each", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  writeRun(
    home,
    (e) => [
      e.taskFinished("task-1"),
      e.taskFinished("task-2", "WAITING"),
      e.taskFinished("task-3", "FAILED"),
      e.finished(),
    ],
    { runId: B },
  );
  writeRun(home, (e) => [e.taskFinished("task-1", "TIMEOUT"), e.taskStarted("task-2")], { runId: C });
  const plan = planOf(3, { run_id: D, offline: true });
  const journal = newJournal(home, plan);
  journal.onEvent(new Events(D).started(plan));

  const none = { completed: 0, failed: 0, canceled: 0, waiting: 0, unfinished: 0 };
  const backends = ["claude"];
  const kind = "parallel";
  const first_task = "Task 1";
  expect(listRuns(home)).toEqual([
    {
      run_id: D,
      kind,
      first_task,
      status: "running",
      outcome: null,
      counts: { total: 3, ...none, unfinished: 3 },
      ...times(0, 0),
      cost_usd: null,
      offline: true,
      backends,
    },
    {
      run_id: C,
      kind,
      first_task,
      status: "interrupted",
      outcome: "failed",
      counts: { total: 3, ...none, failed: 1, unfinished: 2 },
      ...times(2, 2),
      cost_usd: null,
      offline: false,
      backends,
    },
    {
      run_id: B,
      kind,
      first_task,
      status: "waiting",
      outcome: "failed",
      counts: { total: 3, ...none, completed: 1, failed: 1, waiting: 1 },
      ...times(4, 10),
      cost_usd: null,
      offline: false,
      backends,
    },
    {
      run_id: A,
      kind,
      first_task,
      status: "finished",
      outcome: "succeeded",
      counts: { total: 3, ...none, completed: 3 },
      ...times(10, 10),
      cost_usd: null,
      offline: false,
      backends,
    },
  ]);
  expect(listRuns(home, { limit: 2 }).map((run) => run.run_id)).toEqual([D, C]);
  journal.close();
});

function times(lastSecond: number, duration_seconds: number) {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return { start_time: at(0), last_event_time: at(lastSecond), duration_seconds };
}

it("a run that was ended by Ctrl-C is interrupted, not finished", () => {
  const home = makeHome();
  writeRun(home, (e) => [
    ...["task-1", "task-2", "task-3"].map((id) => e.taskFinished(id, "CANCELED")),
    e.finished(3, "SIGINT"),
  ]);
  expect(listRuns(home)).toMatchObject([{ status: "interrupted", counts: { canceled: 3 } }]);
});

/** Changes the journal of A without a change of its size and time: as a disk does that loses bits. */
function unseen(home: string, change: (bytes: Buffer) => Buffer, overview?: object): void {
  const path = journalPath(home, A);
  const kept = join(runDir(home, A), "overview.json");
  const before = overview ?? JSON.parse(readFileSync(kept, "utf8"));
  writeFileSync(path, change(readFileSync(path)));
  utimesSync(path, 1e9, 1e9);
  writeFileSync(kept, JSON.stringify({ ...before, journal_mtime_ms: statSync(path).mtimeMs }));
}

it("who reads a damaged journal corrects the list: all say the same", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  unseen(home, (bytes) => {
    bytes[bytes.indexOf("the answer of task-2")] = 0x54;
    return bytes;
  });
  const run = readRun(home, A);
  expect(run.ok && run.value.state.results.size).toBe(2);
  expect(listRuns(home)).toMatchObject([{ status: "interrupted", counts: { completed: 2, unfinished: 1 } }]);
});

it("a run that came from elsewhere, so that its times have changed, is read once and then kept again", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const whole = listRuns(home);
  utimesSync(journalPath(home, A), 1e9, 1e9);
  expect(listRuns(home)).toEqual(whole);
  const kept = JSON.parse(readFileSync(join(runDir(home, A), "overview.json"), "utf8"));
  expect(kept.journal_mtime_ms).toBe(1e12);
});

it("a complete journal is not read for the list, and one that has changed since is", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const size = journalBytes(home, A).length;
  unseen(home, () => Buffer.alloc(size));
  expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { completed: 3 } }]);
  truncateSync(journalPath(home, A), size - 1);
  expect(listRuns(home)).toMatchObject([{ status: "interrupted", counts: { total: 0 } }]);
});

it("without the kept overview, or with a broken one, it counts for itself", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const kept = join(runDir(home, A), "overview.json");
  const whole = listRuns(home);
  for (const text of ["", "{}", "null", '{"journal_bytes":']) {
    writeFileSync(kept, text);
    expect(listRuns(home)).toEqual(whole);
  }
  rmSync(kept);
  expect(listRuns(home)).toEqual(whole);
});

it("says what a run is called and where it was asked for, also from the overview that is kept", () => {
  const home = makeHome();
  const plan = planOf(1, { run_id: A, judge: makeTask({ id: "judge", backend: "codex" }) });
  const journal = newJournal(home, plan);
  const events = new Events(A);
  const named = { name: "tasks.json", dry_run: true, directory: "/work" };
  const judge = { ...plannedOf(recordOf("judge", "OK")), backend: "codex" };
  journal.onEvent({ ...events.started(plan), ...named, judge } as RunEvent);
  const about = { ...named, backends: ["claude", "codex"] };
  expect(listRuns(home)).toMatchObject([{ status: "running", ...about }]);
  for (const event of [events.taskFinished("task-1"), events.taskFinished("judge"), events.finished()])
    journal.onEvent(event);
  journal.close();
  expect(listRuns(home)).toMatchObject([{ status: "finished", ...about }]);
});

it("reads an overview that an older version kept: nothing is known of its name", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const kept = join(runDir(home, A), "overview.json");
  const { backends: _, ...old } = JSON.parse(readFileSync(kept, "utf8"));
  const size = journalBytes(home, A).length;
  unseen(home, () => Buffer.alloc(size), old);
  const [run] = listRuns(home);
  expect(run).toMatchObject({ run_id: A, status: "finished", counts: { completed: 3 } });
  expect(Object.keys(run ?? {})).not.toEqual(expect.arrayContaining(["name"]));
});

it("no home, an empty one, and things that are no runs, are no problem", () => {
  const home = makeHome();
  expect(listRuns(join(home, "none"))).toEqual([]);
  mkdirSync(join(runsDir(home), ".hidden"), { recursive: true });
  mkdirSync(join(runsDir(home), A));
  expect(listRuns(home)).toMatchObject([{ run_id: A, status: "interrupted", start_time: null, counts: { total: 0 } }]);
});

it("finds a run by any beginning or end that only it has", () => {
  const home = makeHome();
  for (const id of [A, B, C]) mkdirSync(runDir(home, id), { recursive: true });
  expect(findRun(home, A)).toEqual({ ok: true, value: A });
  expect(findRun(home, "aaaa")).toEqual({ ok: true, value: A });
  expect(findRun(home, "20260102")).toEqual({ ok: true, value: B });
  expect(findRun(home, "aabbbb")).toEqual({ ok: true, value: C });
  const both = findRun(home, "bbbb");
  expect(!both.ok && both.error).toBe(`"bbbb" fits 2 runs: ${C}, ${B}; give more of the id`);
  for (const part of ["", "zz", "..", "/"]) {
    expect(findRun(home, part)).toEqual({
      ok: false,
      error: `there is no run "${part}"; \`clinvk runs list\` shows all`,
    });
  }
});

it("an id that is the beginning of another is found all the same", () => {
  const home = makeHome();
  for (const id of ["run", "run-2"]) mkdirSync(runDir(home, id), { recursive: true });
  expect(findRun(home, "run")).toEqual({ ok: true, value: "run" });
});

it("removes a run, but not one that is under way", () => {
  const home = makeHome();
  writeFinishedRun(home, A);
  const plan = planOf(1, { run_id: B });
  const journal = newJournal(home, plan);
  expect(removeRun(home, A)).toEqual({ ok: true, value: undefined });
  const refused = removeRun(home, B);
  expect(!refused.ok && refused.error).toMatch(
    new RegExp(`^the run ${B} is not removed: process ${process.pid} works on it since `),
  );
  expect(readdirSync(runsDir(home))).toEqual([B]);
  journal.close();
  expect(removeRun(home, B).ok).toBe(true);
  expect(readdirSync(runsDir(home))).toEqual([]);
});

it("prunes what is older than so many days, and leaves what is running or younger", () => {
  const home = makeHome();
  const now = Date.now();
  for (const [id, days] of [
    [A, 31],
    [B, 29],
  ] as const) {
    writeFinishedRun(home, id);
    age(home, id, days, now);
  }
  const plan = planOf(1, { run_id: C });
  const journal = newJournal(home, plan);
  age(home, C, 31, now);
  expect(prune(home, 30, now)).toEqual({ removed: [A], problems: [] });
  expect(runIds(home)).toEqual([C, B]);
  journal.close();
  expect(prune(home, 0, now).removed).toEqual([C, B]);
});

it("prunes by itself at most once a day, and never if all is to be kept", async () => {
  const home = makeHome();
  const now = Date.now();
  const old = (id: string) => {
    writeFinishedRun(home, id);
    age(home, id, 100, now);
  };
  old(A);
  await pruneIfDue(home, 0, now);
  expect(runIds(home)).toEqual([A]);
  await pruneIfDue(home, 30, now);
  expect(runIds(home)).toEqual([]);
  old(B);
  await pruneIfDue(home, 30, now + DAY - 1000);
  expect(runIds(home)).toEqual([B]);
  mkdirSync(join(runsDir(home), `.removed-${C}`));
  await pruneIfDue(home, 30, now + DAY);
  expect(runIds(home)).toEqual([]);
  expect(existsSync(join(runsDir(home), `.removed-${C}`))).toBe(false);
  expect(statSync(join(runsDir(home), ".pruned")).mode & 0o777).toBe(0o600);
});

it("old runs are removed beside the work of a process, not before it", async () => {
  const home = makeHome();
  const now = Date.now();
  for (const id of [A, B, C]) {
    writeFinishedRun(home, id);
    age(home, id, 100, now);
  }
  const [pruned, again] = [pruneIfDue(home, 30, now), pruneIfDue(home, 30, now)];
  expect(runIds(home)).toHaveLength(3);
  // A second run of the same process leaves it to the first.
  await again;
  expect(runIds(home)).toHaveLength(3);
  await pruned;
  expect(runIds(home)).toEqual([]);
});

it("a home that can't be used does not stop a run", async () => {
  const home = join(makeHome(), "file");
  writeFileSync(home, "");
  await expect(pruneIfDue(home, 30)).resolves.toBeUndefined();
  expect(listRuns(home)).toEqual([]);
});

it("a run that ends while a list is made is not taken for an interrupted one", () => {
  const home = makeHome();
  const plan = planOf(1, { run_id: A });
  const events = new Events(A);
  const journal = newJournal(home, plan);
  for (const event of [events.started(plan), ...finishAll(events, 1), events.finished()]) journal.onEvent(event);
  // The journal is complete, its lock not yet given back.
  expect(listRuns(home)).toMatchObject([{ status: "finished" }]);
  journal.close();
});
