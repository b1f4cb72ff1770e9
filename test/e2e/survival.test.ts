// kill -9 at any moment, torn journals, full disks: no finished answer is lost, none is paid for twice, and nothing goes on running.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import { readRun } from "../../src/store/read-run.js";
import { isAlive, until } from "../rig/alive.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { processesWith } from "../rig/real-clis.js";
import { type SelfWilledClis, selfWilledClis } from "../rig/self-willed-clis.js";

/** Kills in all, at least. */
const KILLS = 22;
const TASKS = Array.from({ length: 50 }, (_, i) => {
  const traits = [i % 10 === 3 && "large", i % 10 === 5 && "fails", i % 10 === 7 && "litters"].filter(Boolean);
  return { id: `task-${i + 1}`, backend: BACKEND_NAMES[i % 3], prompt: [`task-${i + 1}`, ...traits].join(" ") };
});

let space: Workspace;
let clis: SelfWilledClis;
let home: string;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clinvk-survival-"));
  clis = selfWilledClis(folder);
  space = new Workspace({ bin: [clis.bin] });
  home = join(space.home, ".clinvk");
});
afterEach(() => {
  for (const { pid } of processesWith(space.dir)) process.kill(pid, "SIGKILL");
  space.close();
  rmSync(folder, { recursive: true });
});

/** The one run that is recorded; `undefined` if there is none. */
function recorded(): string | undefined {
  const dir = join(home, "runs");
  return existsSync(dir) ? readdirSync(dir).find((name) => !name.startsWith(".")) : undefined;
}

/** The tasks of which the journal says that they have ended. */
function finishedTasks(): Set<string> {
  const id = recorded();
  const run = id === undefined ? undefined : readRun(home, id);
  return new Set(run?.ok ? run.value.state.results.keys() : []);
}

function taskFile(tasks: readonly object[], more: object = {}): string {
  return space.file("tasks.json", { max_parallel: 4, tasks, defaults: { retries: 0 }, ...more });
}

/** The parts of a result that do not depend on when and where it was made. */
function lasting(result: RunResult): unknown {
  const { run_id, start_time: _from, end_time: _to, total_duration_seconds, ...rest } = result;
  return {
    ...rest,
    results: rest.results.map(({ start_time, end_time, duration_seconds, ...one }) => one),
  };
}

/** What a directory holds: paths and contents, without the times in `summary.json`. */
function directory(dir: string): Record<string, unknown> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, "utf8");
      return [relative(dir, path), entry.name.endsWith(".json") ? lasting(JSON.parse(text)) : text];
    }),
  );
}

/** Everything of the workspace's runs: children, what they left, watchdogs. */
const allGone = () => until(() => processesWith(space.dir).length === 0, 10_000);

/** Starts it, and kills it with -9 some time after it has begun some more tasks. `false` = it ended before. */
async function startAndKill(args: string[]): Promise<boolean> {
  const before = clis.started().length;
  const run = space.start(args);
  const ended = run.done.then(() => true);
  const more = Math.floor(Math.random() * 14);
  const reached = async () => {
    while (clis.started().length < before + more) if (await Promise.race([ended, delay(5)])) return true;
    return Promise.race([ended, delay(Math.random() * (more === 0 ? 300 : 60))]);
  };
  if (await reached()) return false;
  run.child.kill("SIGKILL");
  return (await run.done).signal === "SIGKILL";
}

it("kill -9 at random moments, resumed each time: the same end, no task twice, no process left", {
  timeout: 180_000,
}, async () => {
  const out = join(space.dir, "out");
  const parallel = ["parallel", "-f", taskFile(TASKS), "--output-dir", out, "--json"];
  const undisturbed = await space.run(parallel);
  const expected = { result: lasting(JSON.parse(undisturbed.stdout)), files: directory(out) };
  expect(undisturbed.code).toBe(1);

  let kills = 0;
  while (kills < KILLS) {
    rmSync(out, { recursive: true });
    rmSync(join(home, "runs"), { recursive: true });
    clis.forget();
    let args = parallel;
    while (await startAndKill(args)) {
      kills++;
      const finished = finishedTasks();
      const id = recorded();
      // Killed before it had written its plan, it has begun nothing and can only be started again.
      const resumable = id !== undefined && readRun(home, id).ok && clis.started().length > 0;
      if (resumable) args = ["runs", "resume", id, "--json"];
      else rmSync(join(home, "runs"), { recursive: true, force: true });
      clis.refuse(finished);
    }
    const id = recorded() ?? "";
    const { stdout, code } = await space.run(["runs", "resume", id, "--json"]);
    expect(code).toBe(1);
    expect(lasting(JSON.parse(stdout))).toEqual(expected.result);
    expect(directory(out)).toEqual(expected.files);
    expect(clis.refused()).toEqual([]);
    await allGone();
    expect(readdirSync(join(home, "tmp"))).toEqual([]);
  }
});

/** The watchdog of the one clinvk that runs. */
function watchdog(): number {
  const [found, ...more] = processesWith(space.dir).filter(({ argv }) => argv.startsWith("/bin/sh -c trap"));
  if (found === undefined || more.length > 0) throw new Error("there is not exactly one watchdog");
  return found.pid;
}

/** Starts a run of two tasks of which the second never ends, and left something behind; resolves when it is under way. */
async function endless(): Promise<{ run: Started; orphan(): number | undefined }> {
  const tasks = [
    { id: "one", backend: "claude", prompt: "one" },
    { id: "two", backend: "codex", prompt: "two litters waits" },
  ];
  const run = space.start(["parallel", "-f", taskFile(tasks)]);
  const orphan = () => processesWith(space.dir).find(({ argv }) => argv === "sleep 3600")?.pid;
  await until(() => finishedTasks().has("one") && orphan() !== undefined);
  return { run, orphan };
}

it("kill -9 of clinvk alone: its watchdog ends all that it had started", async () => {
  const { run } = await endless();
  watchdog();
  run.child.kill("SIGKILL");
  await allGone();
});

it("kill -9 of clinvk and of its watchdog: a resume ends what is left before it starts anything", async () => {
  const { run, orphan } = await endless();
  process.kill(watchdog(), "SIGSTOP");
  run.child.kill("SIGKILL");
  await run.done;
  process.kill(watchdog(), "SIGKILL");
  const left = Number(orphan());
  expect(isAlive(left)).toBe(true);
  clis.goOn();
  // The stub tells what it sees of the process with this id when it starts.
  clis.watch(left);
  const { code } = await space.run(["runs", "resume", recorded() ?? ""]);
  expect(code).toBe(0);
  expect(clis.seen()).toEqual(["gone"]);
  await allGone();
  expect(readdirSync(join(home, "tmp"))).toEqual([]);
});

it("kill -9 of both: any later run ends what is left, and leaves a run that lives alone", async () => {
  const { run, orphan } = await endless();
  const living = space.start([
    "parallel",
    "-f",
    space.file("other.json", { tasks: [{ backend: "gemini", prompt: "three waits" }] }),
  ]);
  await until(() => clis.started().includes("three"));
  const dead = processesWith(space.dir).filter(({ argv }) => argv.startsWith("/bin/sh -c trap"));
  const ours = dead.find(({ pid }) => isChildOf(pid, Number(run.child.pid)));
  run.child.kill("SIGSTOP");
  process.kill(Number(ours?.pid), "SIGKILL");
  run.child.kill("SIGKILL");
  await run.done;
  const left = Number(orphan());
  expect(isAlive(left)).toBe(true);
  expect(
    (await space.run(["parallel", "-f", space.file("third.json", { tasks: [{ backend: "claude", prompt: "four" }] })]))
      .code,
  ).toBe(0);
  expect(isAlive(left)).toBe(false);
  clis.goOn();
  expect((await living.done).code).toBe(0);
  await allGone();
});

function isChildOf(pid: number, parent: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
}

it("two processes resume one run: one is told who has it", async () => {
  const { run } = await endless();
  run.child.kill("SIGKILL");
  await run.done;
  const id = recorded() ?? "";
  const first = space.start(["runs", "resume", id]);
  await until(() => clis.started().filter((word) => word === "two").length === 2);
  const second = await space.run(["runs", "resume", id]);
  expect(second).toMatchObject({ code: 2, stdout: "" });
  expect(second.stderr).toContain(`process ${first.child.pid} works on it`);
  clis.goOn();
  expect((await first.done).code).toBe(0);
});

it.each([
  ["cut in the middle of its last line", (journal: string) => truncateSync(journal, readFileSync(journal).length - 7)],
  ["with half an event at its end", (journal: string) => appendFileSync(journal, '{"v":1,"seq":')],
  ["with garbage at its end", (journal: string) => appendFileSync(journal, "\0\0\0\0\0\0\0\0\n\0\0")],
])("a journal %s: what had ended stays", async (_what, damage) => {
  const { run } = await endless();
  run.child.kill("SIGKILL");
  await run.done;
  const id = recorded() ?? "";
  damage(join(home, "runs", id, "events.ndjson"));
  const finished = finishedTasks();
  clis.refuse(finished);
  clis.goOn();
  const { code, stdout } = await space.run(["runs", "resume", id, "--json"]);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as RunResult).results.map(({ content }) => content)).toEqual([
    "answer of one",
    "answer of two",
  ]);
  expect(clis.refused()).toEqual([]);
});

it("a disk that is full: said once, and every answer is delivered", () => {
  // So many blocks of 512 bytes per file: the plan fits, the journal does not.
  const clinvk = resolve(import.meta.dirname, "../../dist/cli/clinvk.cjs");
  const tasks = TASKS.slice(0, 20).map((task) => ({ ...task, prompt: task.id }));
  const script = `ulimit -f 32; exec '${process.execPath}' '${clinvk}' parallel -f '${taskFile(tasks)}' --json 2>'${folder}/stderr'`;
  const stdout = execFileSync("/bin/sh", ["-c", script], { env: space.env, cwd: space.dir, encoding: "utf8" });
  const { results } = JSON.parse(stdout) as RunResult;
  expect(results.map(({ content }) => content)).toEqual(tasks.map(({ id }) => `answer of ${id}`));
  const warnings = readFileSync(join(folder, "stderr"), "utf8").match(/.*can't be written.*/g);
  expect(warnings).toEqual([expect.stringMatching(/journal.*EFBIG.*the run continues/)]);
});

it("a disk that takes no more of claude's output: named as the cause, and a resume asks again", async () => {
  const tasks = [
    { id: "one", backend: "claude", prompt: "one large" },
    { id: "two", backend: "claude", prompt: "two" },
  ];
  // 128 KiB per file: the answer of the first does not fit.
  const limited = `ulimit -f 256; exec clinvk parallel -f '${taskFile(tasks)}' --json`;
  const full = await space.shell(limited).done;
  expect(full.code).toBe(1);
  const [lost, whole] = (JSON.parse(full.stdout) as RunResult).results;
  expect(whole).toMatchObject({ status: "OK", content: "answer of two" });
  expect(lost).toMatchObject({
    status: "FAILED",
    failure: { kind: "lost", hint: expect.stringContaining("make room") },
  });
  expect(lost?.failure?.message).toMatch(/EFBIG.* and the CLI's output did not fit into .*\.clinvk\/tmp$/);
  clis.forget();
  const resumed = await space.run(["runs", "resume", recorded() ?? "", "--json"]);
  expect(resumed.code).toBe(0);
  expect(clis.started()).toEqual(["one"]);
  expect((JSON.parse(resumed.stdout) as RunResult).results[0]?.content).toHaveLength(300_000 + "answer of one ".length);
});

it("--no-journal leaves nothing of a run", async () => {
  const { code } = await space.run(["parallel", "-f", taskFile(TASKS.slice(0, 4)), "--no-journal", "-q"]);
  expect(code).toBe(0);
  expect(recorded()).toBeUndefined();
  expect(readdirSync(join(home, "tmp"))).toEqual([]);
});
