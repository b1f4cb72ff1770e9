// What happens when a service says "no more", "not now" or nothing at all: who waits, what is printed, and what goes on.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult, TaskResult } from "../../src/schema/result.js";
import { type Finished, type StartOptions, Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";
import { inTwoHours, usedUp } from "../rig/used-up.js";

let clis: FakeClis;
let space: Workspace;

beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  await clis.close();
  space.close();
});

/** The zone of the machine in these tests, which has no summer time: nine hours ahead of UTC. */
const TOKYO = { TZ: "Asia/Tokyo" };

const SLOW_DOWN =
  "stream disconnected before completion: Rate limit reached for gpt-5 on tokens per min (TPM): Limit 1, Used 1. Please try again in 28ms.";

function tasks(...ids: string[]) {
  const backends = { c: "claude", x: "codex", g: "gemini" } as const;
  return ids.map((id) => ({ id, backend: backends[id.charAt(0) as keyof typeof backends], prompt: `say ${id}` }));
}

function start(file: object, args: string[] = [], options: StartOptions = {}) {
  const flags = ["-f", space.file("t.json", file), "--progress", "none"];
  return space.start(["parallel", ...flags, ...args], { env: TOKYO, ...options });
}

const next = (id: string) => clis.next({ prompt: `say ${id}` });
const answer = async (id: string) => (await next(id)).answer(`this is ${id}`);
const parse = ({ stdout }: Finished) => JSON.parse(stdout) as RunResult;
/** The summary's row of a task, its time blanked out. */
const row = (finished: Finished, id: string) =>
  new RegExp(`^say ${id} .*$`, "m").exec(finished.stdout)?.[0].replace(/\d+\.\d\ds/, "T");

describe("a used-up quota, parked", () => {
  it("others finish, the rest waits, and all that is needed to go on is said", async () => {
    const { ours, claude } = inTwoHours();
    const run = start({ tasks: tasks("c1", "c2", "x1", "x2", "g1"), max_parallel: 1 });
    await usedUp(await next("c1"), claude);
    await usedUp(await next("x1"));
    await answer("g1");
    const finished = await run.done;
    const id = /runs resume (\S+)`/.exec(finished.stderr)?.[1];
    const told = finished.stderr
      .replaceAll(/\d{4}(-\d\d){2} \d\d:\d\d|\d\d:\d\d/g, (time) => (time === ours ? time : "TIME"))
      // The services tell whole minutes.
      .replaceAll(/\(in (?:2 h|1 h 5\d min)\)/g, "(in two hours)");
    expect(told).toBe(
      `claude: Quota used up; its tasks wait until ${ours} (in two hours)
[c1] attempt 1 failed: Quota used up; waits for claude until ${ours} (in two hours)
codex: Quota used up; its tasks wait until TIME (in 5 d 22 h)
[x1] attempt 1 failed: Quota used up; waits for codex until TIME (in 5 d 22 h)
4 tasks wait for a quota to reset:
  claude  2 tasks, until ${ours} (in two hours)
  codex   2 tasks, until TIME (in 5 d 22 h)
\`clinvk runs resume ${id}\` then runs what is left
`,
    );
    expect(finished.code).toBe(75);
    expect(row(finished, "c1")).toMatch(/^say c1 +claude +WAITING +T +Quota used up until \d{4}-\d\d-\d\d \d\d:\d\d$/);
    expect(row(finished, "c2")).toMatch(/^say c2 +claude +WAITING +- +Quota used up until /);
    expect(row(finished, "g1")).toMatch(/^say g1 +gemini +OK +T +Complete$/);
    expect(finished.stdout).toContain("Total: 1/5 tasks completed");
  });

  it("`runs resume` runs what is left, and the summary is that of an undisturbed run", async () => {
    const file = { tasks: tasks("c1", "c2", "g1"), max_parallel: 1 };
    const undisturbed = start(file, ["--json"]);
    for (const id of ["c1", "c2", "g1"]) await answer(id);
    const expected = parse(await undisturbed.done);

    const run = start(file, ["--json"]);
    await usedUp(await next("c1"));
    await answer("g1");
    const parked = await run.done;
    expect(parked.code).toBe(75);
    const { run_id, waiting_tasks, completed_tasks, results } = parse(parked);
    expect({ waiting_tasks, completed_tasks }).toEqual({ waiting_tasks: 2, completed_tasks: 1 });
    expect(results[1]).toMatchObject({ status: "WAITING", attempts: 0, failure: { kind: "quota_exhausted" } });

    const resumed = space.start(["runs", "resume", run_id, "--json"], { env: TOKYO });
    for (const id of ["c1", "c2"]) await answer(id);
    const finished = await resumed.done;
    expect(finished.code).toBe(0);
    expect(clis.waiting).toEqual([]);
    expect(timeless(parse(finished))).toEqual(timeless(expected));
  });

  it("a resumed run that meets the quota again waits again", async () => {
    const run = start({ tasks: tasks("g1") });
    await usedUp(await next("g1"));
    const first = await run.done;
    const id = /runs resume (\S+)`/.exec(first.stderr)?.[1] ?? "";
    const resumed = space.start(["runs", "resume", id, "--progress", "none"]);
    await usedUp(await next("g1"));
    const again = await resumed.done;
    expect([first.code, again.code]).toEqual([75, 75]);
    expect(again.stderr).toMatch(
      /^resuming: 1 of the run's tasks are left\ngemini: Quota used up; its tasks wait until/,
    );
    expect(again.stderr).toMatch(
      /1 task waits for a quota to reset:\n {2}gemini {2}1 task, until .*\(in 1 h 4\d min\)\n/,
    );
  });

  it.each(["", ":"])("with TZ=%j, which is UTC, it waits until the hour that the service means", async (TZ) => {
    const hour = new Date(Date.now() + 2 * 3_600_000).getUTCHours();
    const words = `You've hit your session limit · resets ${hour % 12 || 12}${hour < 12 ? "am" : "pm"}`;
    const run = start({ tasks: tasks("c1", "g1") }, ["--json"], { env: { TZ } });
    await usedUp(await next("c1"), words);
    await answer("g1");
    const finished = await run.done;
    expect(finished.code).toBe(75);
    const [waiting, other] = parse(finished).results;
    expect(waiting).toMatchObject({ status: "WAITING", failure: { kind: "quota_exhausted" } });
    expect(new Date(waiting?.failure?.resets_at ?? "").getUTCHours()).toBe(hour);
    expect(other).toMatchObject({ status: "OK" });

    const resumed = space.start(["runs", "resume", parse(finished).run_id, "--json"], { env: { TZ } });
    await answer("c1");
    expect((await resumed.done).code).toBe(0);
  });

  it("without a journal it says so", async () => {
    const run = start({ tasks: tasks("g1") }, ["--no-journal"]);
    await usedUp(await next("g1"));
    expect(await run.done).toMatchObject({ code: 75, stderr: expect.stringMatching(/without a journal .*resumed\n$/) });
  });
});

describe("a used-up quota, in the other ways", () => {
  it("`fail` fails the tasks that meet it", async () => {
    const run = start({ tasks: tasks("c1", "g1"), on_quota: "fail" });
    await usedUp(await next("c1"));
    await answer("g1");
    const finished = await run.done;
    expect(finished.code).toBe(1);
    expect(row(finished, "c1")).toMatch(/^say c1 +claude +FAILED +T +Quota used up until /);
  });

  it("`fallback` asks the next backend, also for what has not started, and names who answered", async () => {
    const run = start(
      { tasks: tasks("c1", "c2", "c3"), defaults: { fallback: ["codex", "gemini"] }, max_parallel: 1 },
      [...["--on-quota", "fallback", "--json"]],
    );
    await usedUp(await clis.next({ name: "claude", prompt: "say c1" }));
    await (await clis.next({ name: "codex", prompt: "say c1" })).answer("codex for c1");
    await usedUp(await clis.next({ name: "codex", prompt: "say c2" }));
    await (await clis.next({ name: "gemini", prompt: "say c2" })).answer("gemini for c2");
    await (await clis.next({ name: "gemini", prompt: "say c3" })).answer("gemini for c3");
    const finished = await run.done;
    expect(finished.code).toBe(0);
    expect(
      parse(finished).results.map(({ task_id, backend, fallback_from, content }) => [
        task_id,
        backend,
        fallback_from,
        content,
      ]),
    ).toEqual([
      ["c1", "codex", "claude", "codex for c1"],
      ["c2", "gemini", "claude", "gemini for c2"],
      ["c3", "gemini", "claude", "gemini for c3"],
    ]);
    expect(finished.stderr).toContain("[c2] not started: Quota used up; codex is asked instead\n");
    expect(finished.stderr).toContain("[c1] attempt 1 failed: Quota used up; trying again with codex now\n");
  });

  it("the table names who answered", async () => {
    const run = start({ tasks: tasks("c1"), defaults: { fallback: ["gemini"] }, on_quota: "fallback" });
    await usedUp(await next("c1"));
    await (await clis.next({ name: "gemini" })).answer("ok");
    expect(row(await run.done, "c1")).toBe(
      "say c1              gemini      OK       T      Complete, instead of claude",
    );
  });

  it("`wait` stays, says until when, and can be left with Ctrl-C for later", async () => {
    const run = start({ tasks: tasks("g1") }, ["--on-quota", "wait"]);
    await usedUp(await next("g1"));
    await run.printed("[g1] attempt 1 failed: Quota used up; waits for gemini until");
    run.child.kill("SIGINT");
    const { code, stderr } = await run.done;
    expect(code).toBe(130);
    expect(stderr).toMatch(/1 task was not finished; `clinvk runs resume \S+` runs what is left\n$/);
  });
});

describe("a service that asks to slow down", () => {
  it("is asked again when it wants, and its lane runs fewer tasks for a while", async () => {
    const run = start({ tasks: tasks("x1", "x2", "x3", "x4"), max_parallel: 4 });
    const [first, ...others] = await Promise.all(["x1", "x2", "x3", "x4"].map(next));
    if (!first) throw new Error("four were started");
    await usedUp(first, SLOW_DOWN);
    await run.printed("[x1] attempt 1 failed: Rate limited; trying again with codex in");
    for (const other of others) await other.answer("ok");
    await answer("x1");
    const { code, stderr, stdout } = await run.done;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^codex: the service is slowing us down; at most 2 tasks at once until it recovers\n/);
    expect(stderr).toMatch(
      /^codex: Rate limited; its tasks wait\. Trying again in 1 s \(the service asked for it\), patience until (\d{4}-\d\d-\d\d )?\d\d:\d\d$/m,
    );
    expect(stderr).toMatch(/^codex: recovering; at most 2 tasks at once now$/m);
    expect(stdout).toContain("Total: 4/4 tasks completed");
  });

  it("after `retries` more attempts the task fails, with what the service said", async () => {
    const run = start({ tasks: tasks("x1"), defaults: { retries: 1 } }, ["--json"]);
    await usedUp(await next("x1"), SLOW_DOWN);
    await usedUp(await next("x1"), SLOW_DOWN);
    const finished = await run.done;
    expect(finished.code).toBe(1);
    expect(parse(finished).results[0]).toMatchObject({
      status: "FAILED",
      attempts: 2,
      failure: { kind: "rate_limited", message: expect.stringContaining("Rate limit reached for gpt-5") },
    });
  });

  it("a task that may have changed files is not tried again, unless it asks for it", async () => {
    const wrote = async (cli: FakeInvocation) => {
      const item = { id: "i", type: "command_execution", command: "touch x", exit_code: 0, status: "completed" };
      await cli.records({ type: "item.started", item }, { type: "item.completed", item });
      await usedUp(cli, SLOW_DOWN);
    };
    const [careful, bold] = tasks("x1", "x2");
    const run = start({ tasks: [careful, { ...bold, retry_on_side_effects: true }] }, ["--json"]);
    await wrote(await next("x1"));
    await wrote(await next("x2"));
    await answer("x2");
    const { results } = parse(await run.done);
    expect(results.map(({ status, attempts }) => [status, attempts])).toEqual([
      ["FAILED", 1],
      ["OK", 2],
    ]);
  });
});

describe("time", () => {
  it("timeout_seconds, idle_timeout_seconds: stopped, with what had arrived", async () => {
    const [slow, silent] = tasks("g1", "g2");
    const file = [
      { ...slow, timeout_seconds: 5 },
      { ...silent, idle_timeout_seconds: 5, retries: 0 },
    ];
    const run = start({ tasks: file }, ["--json"]);
    for (const id of ["g1", "g2"])
      await (await next(id)).records({ type: "message", role: "assistant", content: "so far", delta: true });
    const finished = await run.done;
    expect(finished.code).toBe(1);
    expect(parse(finished).results).toMatchObject([
      {
        status: "TIMEOUT",
        exit_code: 124,
        content: "so far",
        failure: { kind: "timeout", message: "not done after 5 s", hint: expect.stringContaining("timeout_seconds") },
      },
      { status: "FAILED", content: "so far", failure: { kind: "stalled", message: "the CLI printed nothing for 5 s" } },
    ]);
  });

  it("deadline_seconds ends the run: what ran is TIMEOUT, what waited can be resumed", async () => {
    const run = start({ tasks: tasks("g1", "g2"), max_parallel: 1, deadline_seconds: 5 });
    await next("g1");
    const finished = await run.done;
    expect(finished.code).toBe(1);
    expect(row(finished, "g1")).toMatch(/TIMEOUT +T +Timed out$/);
    expect(row(finished, "g2")).toMatch(/CANCELED - +Canceled: the run's deadline of 5 s has/);
    expect(finished.stderr).toMatch(/^1 task failed:\n {2}timeout {2}say g1\n/);
    expect(finished.stderr).toMatch(/\n1 task was not finished; `clinvk runs resume \S+` runs what is left\n/);
  });
});

describe("budgets", () => {
  it("past the budget of the run no new task starts", async () => {
    const run = start({ tasks: tasks("c1", "c2", "c3"), max_parallel: 1, max_cost_usd: 0.015 }, ["--json"]);
    for (const id of ["c1", "c2"]) await answer(id);
    const finished = await run.done;
    expect(finished.code).toBe(1);
    const { cost_usd, results } = parse(finished);
    expect(cost_usd).toBe(0.02);
    expect(results[2]).toMatchObject({
      status: "FAILED",
      attempts: 0,
      failure: { kind: "budget_exceeded", message: "the budget of the run is used up: $0.0200 of $0.015 are spent" },
    });
  });

  it("past the budget of a task there is no further attempt", async () => {
    const [task] = tasks("x1");
    const run = start(
      { tasks: [{ ...task, max_total_tokens: 5, retry_on: ["check_failed"], expect: { matches: "yes" } }] },
      ["--json"],
    );
    await answer("x1");
    expect(parse(await run.done).results[0]).toMatchObject({ attempts: 1, failure: { kind: "check_failed" } });
  });
});

/** What must be equal in two runs of the same tasks. */
function timeless({
  results,
  run_id: _,
  start_time: __,
  end_time: ___,
  total_duration_seconds: ____,
  ...rest
}: RunResult) {
  const same = ({ start_time, end_time, duration_seconds, ...result }: TaskResult) => ({
    ...result,
    started: start_time !== null && end_time !== null && duration_seconds >= 0,
  });
  return { ...rest, results: results.map(same) };
}
