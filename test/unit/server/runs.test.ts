import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorBody, RunDetail, RunList, RunResponse } from "../../../src/schema/api.js";
import { RunDetail as RunDetailShape, RunResponse as RunResponseShape } from "../../../src/schema/api.js";
import { formatLine } from "../../../src/store/journal-line.js";
import { answersDir, PLAN_FILE, runDir } from "../../../src/store/store.js";
import { Events } from "../../rig/events.js";
import { type FakeExecutor, settle } from "../../rig/fake-executor.js";
import { newJournal, writeFinishedRun, writeRun } from "../../rig/journal.js";
import { makeTask, planOf } from "../../rig/plan.js";
import { makeServer, parseFrames, type TestServer, taskFile } from "../../rig/server.js";

const A = "20260101-000000-aaaaaa";
const B = "20260102-000000-bbbbbb";
const C = "20260103-000000-cccccc";

async function json<T>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

const detail = (server: TestServer, id: string) => json<RunDetail>(server.ask("GET", `/api/v1/runs/${id}`));
const cancel = (server: TestServer, id: string) => server.ask("POST", `/api/v1/runs/${id}/cancel`);
const resume = (server: TestServer, id: string, body?: unknown) =>
  server.ask("POST", `/api/v1/runs/${id}/resume`, body);

/** Waits for what happens in a few turns of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((again) => setImmediate(again));
}

/** Ends all tasks of a run well, as they start. */
async function finish(server: TestServer, id: string): Promise<void> {
  const executor = await server.runs.of(id);
  while (server.services.manager.live(id)) {
    for (const running of executor.running.values()) running.succeed(`answer of ${running.job.task.id}`);
    await new Promise((again) => setImmediate(again));
  }
}

describe("POST /api/v1/parallel", () => {
  it("waits and answers with the document, and with the names of clinvoker 0.2", async () => {
    const server = makeServer();
    const answer = server.ask("POST", "/api/v1/parallel", taskFile(2));
    await until(() => server.services.manager.active === 1);
    const id = server.services.manager.all()[0]?.plan.run_id ?? "";
    const executor = await server.runs.of(id);
    executor.of("task-1").succeed("fine");
    executor.of("task-2").fail({ kind: "crashed", message: "it broke" });
    const response = await answer;
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/json; charset=utf-8"]);
    const body = await json<RunResponse>(response);
    expect(RunResponseShape.parse(body)).toEqual(body);
    expect(body).toMatchObject({ run_id: id, completed: 1, completed_tasks: 1, failed: 1, failed_tasks: 1 });
    expect(body.results.map((one) => [one.status, one.content, one.output])).toEqual([
      ["OK", "fine", "fine"],
      ["FAILED", "", ""],
    ]);
    const [first] = body.results;
    expect(first?.duration_ms).toBe(Math.round((first?.duration_seconds ?? 0) * 1000));
  });

  it("answers at once when asked to", async () => {
    const server = makeServer();
    const response = await server.ask("POST", "/api/v1/parallel", taskFile(1), { Prefer: "wait=5, Respond-Async" });
    const { run_id } = await json<{ run_id: string }>(response.clone());
    expect(await json(response)).toEqual({ run_id, status: "running" });
    expect([response.status, response.headers.get("Location"), response.headers.get("Preference-Applied")]).toEqual([
      202,
      `/api/v1/runs/${run_id}`,
      "respond-async",
    ]);
    await finish(server, run_id);
    expect(await detail(server, run_id)).toMatchObject({ status: "finished", counts: { completed: 1 } });
  });

  it("answers with an address when the time is over, and the run goes on", async () => {
    const server = makeServer({ server: { request_timeout_secs: 0.001 } });
    const response = await server.ask("POST", "/api/v1/parallel", taskFile(1));
    const id = (await json<{ run_id: string }>(response)).run_id;
    expect([response.status, response.headers.get("Location")]).toEqual([202, `/api/v1/runs/${id}`]);
    await finish(server, id);
    expect((await detail(server, id)).counts.completed).toBe(1);
  });

  it.each([
    ["", "finished"],
    ["?cancel_on_disconnect=true", "interrupted"],
  ])("a caller that hangs up: %s → %s", async (query, status) => {
    const server = makeServer();
    const connection = new AbortController();
    const answer = server.app.request(`http://localhost/api/v1/parallel${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(taskFile(1)),
      signal: connection.signal,
    });
    await until(() => server.services.manager.active === 1);
    const id = server.services.manager.all()[0]?.plan.run_id ?? "";
    connection.abort();
    await settle();
    await finish(server, id);
    await answer;
    expect((await detail(server, id)).status).toBe(status);
  });

  it("gives large answers whole", async () => {
    const server = makeServer();
    const id = await server.begin();
    const large = "ä\n".repeat(200_000);
    const path = join(answersDir(server.home, id), "task-1.md");
    mkdirSync(answersDir(server.home, id), { recursive: true });
    writeFileSync(path, large);
    const live = server.services.manager.live(id);
    (await server.runs.of(id)).of("task-1").succeed("", { content_file: { path, bytes: Buffer.byteLength(large) } });
    await live?.ended;
    const output = await server.ask("GET", `/api/v1/runs/${id}/tasks/task-1/output`);
    expect(output.headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
    expect((await output.text()) === large).toBe(true);
  });

  it("takes the caller's trace context and request id, if they are valid", async () => {
    const server = makeServer();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const start = async (headers: Record<string, string>) => {
      const response = await server.ask("POST", "/api/v1/parallel", taskFile(1), {
        Prefer: "respond-async",
        ...headers,
      });
      const { run_id } = await json<{ run_id: string }>(response);
      return [response.headers.get("X-Request-Id"), server.services.manager.live(run_id)?.plan.traceparent];
    };
    expect(await start({ traceparent, "X-Request-Id": "mine-1" })).toEqual(["mine-1", traceparent]);
    const bad = [
      "nonsense",
      traceparent.replace("4bf9", "XXXX"),
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `ff${traceparent.slice(2)}`,
    ];
    for (const one of bad) expect(await start({ traceparent: one })).toEqual([expect.any(String), undefined]);
    const [id] = await start({ "X-Request-Id": "a b <script>" });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the queue", () => {
  it("says what a run is called: while it waits with its secrets masked, then as its events say", async () => {
    const server = makeServer({ server: { max_runs: 1, max_queue: 1 }, env: { SOME_API_KEY: "sk-4f9a8b7c6d5e" } });
    const first = await server.begin();
    const body = { ...taskFile(2), name: "Nightly sk-4f9a8b7c6d5e", dry_run: true };
    const response = await server.ask("POST", "/api/v1/parallel", body, { Prefer: "respond-async" });
    const { run_id } = await json<{ run_id: string }>(response);
    const about = { dry_run: true, backends: ["claude"], directory: expect.any(String) };
    expect(await detail(server, run_id)).toMatchObject({ status: "queued", name: "Nightly ***", ...about });
    await finish(server, first);
    await finish(server, run_id);
    const after = await detail(server, run_id);
    expect(RunDetailShape.parse(after)).toEqual(after);
    expect(after).toMatchObject({ status: "finished", ...about });
    const { runs } = await json<RunList>(server.ask("GET", "/api/v1/runs"));
    expect(runs.find((run) => run.run_id === run_id)).toMatchObject(about);
  });

  it("lets so many runs run, so many wait, and sends the others away", async () => {
    const server = makeServer({ server: { max_runs: 1, max_queue: 1 } });
    const first = await server.begin();
    const second = await server.begin(3);
    expect(await detail(server, second)).toMatchObject({
      status: "queued",
      counts: { total: 3, unfinished: 3 },
      start_time: null,
      tasks: [{ task_id: "task-1", state: "queued", prompt: "Task number 1", attempt: 0 }, {}, {}],
    });
    const third = await server.ask("POST", "/api/v1/parallel", taskFile(1));
    expect([third.status, Number(third.headers.get("Retry-After")) > 0]).toEqual([503, true]);
    expect((await json<ErrorBody>(third)).error.code).toBe("queue_full");
    const listed = await json<RunList>(server.ask("GET", "/api/v1/runs?status=queued"));
    expect(listed.runs.map((run) => run.run_id)).toEqual([second]);
    await finish(server, first);
    await finish(server, second);
    expect((await detail(server, second)).status).toBe("finished");
  });

  it("a run that waits can be canceled, and says so in its journal", async () => {
    const server = makeServer({ server: { max_runs: 1 } });
    const first = await server.begin();
    const second = await server.begin();
    const run = server.services.manager.live(second);
    expect((await cancel(server, second)).status).toBe(202);
    await run?.ended;
    expect(await detail(server, second)).toMatchObject({ status: "interrupted", counts: { canceled: 1 } });
    await finish(server, first);
  });

  it("a run of 1,000 tasks does not starve one of 2", async () => {
    const server = makeServer({ server: { max_parallel: 4 } });
    const large = await server.begin(1000);
    const big = await server.runs.of(large);
    expect(big.running.size).toBe(4);
    const small = await server.begin(2);
    const few = await server.runs.of(small);
    // Of the large run no more tasks end than there are slots: the small one is then under way.
    for (const running of [...big.running.values()].slice(0, 2)) running.succeed();
    await until(() => few.running.size === 2);
    expect(big.started.length).toBeLessThanOrEqual(4);
    await finish(server, small);
    expect((await detail(server, small)).status).toBe("finished");
    expect((await detail(server, large)).counts.unfinished).toBeGreaterThan(990);
    expect(server.runs.peak).toBeLessThanOrEqual(4);
    await cancel(server, large);
    await until(() => server.services.manager.active === 0);
  });
});

describe("/api/v1/runs", () => {
  it("lists runs of all kinds in pages, newest first", async () => {
    const server = makeServer();
    writeFinishedRun(server.home, A);
    writeRun(server.home, (e) => [e.taskFinished("task-1", "WAITING"), e.finished()], { runId: B, count: 1 });
    writeRun(server.home, (e) => [e.taskStarted("task-1"), e.taskFinished("task-2", "FAILED")], { runId: C });
    const page = (query: string) => json<RunList>(server.ask("GET", `/api/v1/runs${query}`));
    const first = await page("?limit=2");
    expect(first.runs.map((run) => [run.run_id, run.kind, run.status])).toEqual([
      [C, "parallel", "interrupted"],
      [B, "parallel", "waiting"],
    ]);
    const second = await page(`?limit=2&cursor=${first.next_cursor}`);
    expect([second.runs.map((run) => run.run_id), second.next_cursor]).toEqual([[A], null]);
    expect((await page("?status=waiting")).runs.map((run) => run.run_id)).toEqual([B]);
    expect((await page("?status=failed")).runs.map((run) => run.run_id)).toEqual([C]);
    expect((await page(`?search=${A.slice(-6)}+CLAUDE`)).runs.map((run) => run.run_id)).toEqual([A]);
    expect((await page("?search=nobody")).runs).toEqual([]);
    for (const wrong of [
      "?limit=0",
      "?limit=201",
      "?limit=x",
      "?status=OK",
      "?cursor=../x",
      `?search=${"x".repeat(201)}`,
    ])
      expect((await server.ask("GET", `/api/v1/runs${wrong}`)).status, wrong).toBe(400);
  });

  it("shows where each task is, with masked prompts", async () => {
    const server = makeServer({ env: { SOME_API_KEY: "sk-4f9a8b7c6d5e" } });
    const response = await server.ask(
      "POST",
      "/api/v1/parallel",
      {
        tasks: [1, 2, 3].map((n) => ({ backend: "claude", prompt: `${n} sk-4f9a8b7c6d5e`, retries: 1 })),
        max_parallel: 2,
      },
      { Prefer: "respond-async" },
    );
    const { run_id } = await json<{ run_id: string }>(response);
    const executor = await server.runs.of(run_id);
    executor.of("task-1").progress({ type: "started", command: "claude -p" });
    executor.of("task-2").progress({ type: "started", command: "claude -p" });
    executor.of("task-2").fail({ kind: "network", message: "gone" });
    await settle();
    const now = await detail(server, run_id);
    expect(RunDetailShape.parse(now)).toEqual(now);
    expect(now.status).toBe("running");
    expect(now.tasks.map((task) => [task.task_id, task.state, task.attempt, task.prompt])).toEqual([
      ["task-1", "running", 1, "1 ***"],
      ["task-2", "retrying", 1, "2 ***"],
      ["task-3", "queued", 0, "3 ***"],
    ]);
    const open = await server.ask("GET", `/api/v1/runs/${run_id}/tasks/task-1/output`);
    expect(open.status).toBe(409);
    executor.of("task-1").succeed("the answer");
    await settle();
    expect(await (await server.ask("GET", `/api/v1/runs/${run_id}/tasks/task-1/output`)).text()).toBe("the answer");
    expect((await server.ask("GET", `/api/v1/runs/${run_id}/tasks/task-9/output`)).status).toBe(404);
    await cancel(server, run_id);
    await until(() => server.services.manager.active === 0);
    const over = await detail(server, run_id);
    expect(RunDetailShape.parse(over)).toEqual(over);
    expect(over.tasks.map((task) => task.state)).toEqual(["OK", "CANCELED", "CANCELED"]);
    expect(over.result?.results[0]).not.toHaveProperty("content");
  });

  it("shows a council's judge beside the tasks, and in the end its verdict", async () => {
    const server = makeServer({ env: { SOME_API_KEY: "sk-4f9a8b7c6d5e" } });
    const file = {
      ...taskFile(2),
      judge: { backend: "codex", prompt: "sk-4f9a8b7c6d5e {{results}}", name: "The judge" },
    };
    const response = await server.ask("POST", "/api/v1/parallel", file, { Prefer: "respond-async" });
    const { run_id } = await json<{ run_id: string }>(response);
    const output = () => server.ask("GET", `/api/v1/runs/${run_id}/tasks/judge/output`);
    const executor = await server.runs.of(run_id);
    const early = await detail(server, run_id);
    expect(RunDetailShape.parse(early)).toEqual(early);
    expect(early.judge).toMatchObject({ task_id: "judge", name: "The judge", backend: "codex", state: "queued" });
    expect(early.judge?.prompt).toBe("*** {{results}}");
    expect(early.tasks.map((task) => task.task_id)).toEqual(["task-1", "task-2"]);
    expect((await output()).status).toBe(409);
    executor.of("task-1").succeed("I say 6/10");
    executor.of("task-2").succeed("I say 8/10");
    await until(() => executor.running.has("judge"));
    executor.of("judge").progress({ type: "started", command: "codex exec" });
    await settle();
    expect((await detail(server, run_id)).judge).toMatchObject({ state: "running", attempt: 1 });
    executor.of("judge").succeed("**Both** like it");
    await until(() => server.services.manager.active === 0);
    const over = await detail(server, run_id);
    expect(RunDetailShape.parse(over)).toEqual(over);
    expect(over.judge?.state).toBe("OK");
    expect(over.counts).toMatchObject({ total: 2, completed: 2 });
    expect(over.result).toMatchObject({ verdict: "**Both** like it", judge: { status: "OK" } });
    expect(over.result?.judge).not.toHaveProperty("content");
    expect(await (await output()).text()).toBe("**Both** like it");
    expect((await resume(server, run_id, { again: ["nobody"] })).status).toBe(422);
    const again = await resume(server, run_id, { again: ["judge"] });
    expect([again.status, await again.json()]).toEqual([202, expect.anything()]);
    expect((await server.runs.of(run_id)).started).toContain("judge");
    await finish(server, run_id);
    expect((await detail(server, run_id)).result?.verdict).toBe("answer of judge");
  });

  it("shows what the votes add up to", async () => {
    const server = makeServer();
    const votes = [{ task_id: "task-1", backend: "claude", value: 7 }];
    const sums = { mean: 7, median: 7, spread: { min: 7, max: 7, stdev: 0 }, missing: [] };
    const vote = { of: "number" as const, votes, ...sums };
    const end = { type: "run_finished" as const, total_duration_seconds: 1, vote };
    writeRun(server.home, (e) => [e.taskFinished("task-1"), e.next(end)], { runId: A, count: 1 });
    const over = await detail(server, A);
    expect(RunDetailShape.parse(over)).toEqual(over);
    expect(over.result?.vote).toEqual(vote);
    expect(over).not.toHaveProperty("judge");
  });

  it("shows that a judge gave no verdict, and a large verdict whole", async () => {
    const server = makeServer();
    const judge = { backend: "claude", prompt: "{{results}}", retries: 0 };
    const verdictOf = async (end: (executor: FakeExecutor) => void) => {
      const response = await server.ask(
        "POST",
        "/api/v1/parallel",
        { ...taskFile(1), judge },
        { Prefer: "respond-async" },
      );
      const { run_id } = await json<{ run_id: string }>(response);
      const executor = await server.runs.of(run_id);
      executor.of("task-1").succeed("x");
      await until(() => executor.running.has("judge"));
      end(executor);
      await until(() => server.services.manager.active === 0);
      return (await detail(server, run_id)).result?.verdict;
    };
    expect(await verdictOf((executor) => executor.of("judge").fail({ kind: "crashed", message: "it broke" }))).toBe(
      null,
    );
    const large = `${"é".repeat(400_000)}!`;
    expect(await verdictOf((executor) => executor.of("judge").succeed(large))).toBe(large);
  });

  it("answers 404 for what is not there, also for paths", async () => {
    const server = makeServer();
    writeFinishedRun(server.home, A);
    for (const id of [B, "..", "%2e%2e", "..%2f..", `${A}%00`, "x".repeat(300)])
      for (const path of ["", "/events", "/tasks/task-1/output"])
        expect((await server.ask("GET", `/api/v1/runs/${id}${path}`)).status, id + path).toBe(404);
    expect((await server.ask("PUT", `/api/v1/runs/${A}`)).headers.get("Allow")).toBe("GET, DELETE");
    expect((await server.ask("PUT", `/api/v1/runs/${A}`)).status).toBe(405);
  });

  it("removes a run, but none that is under way", async () => {
    const server = makeServer();
    writeFinishedRun(server.home, A);
    expect(await json(server.ask("DELETE", `/api/v1/runs/${A}`))).toEqual({ deleted: true });
    expect((await server.ask("GET", `/api/v1/runs/${A}`)).status).toBe(404);
    const id = await server.begin();
    const refused = await server.ask("DELETE", `/api/v1/runs/${id}`);
    expect([refused.status, (await json<ErrorBody>(refused)).error.message]).toEqual([
      409,
      expect.stringContaining("cancel it first"),
    ]);
    await finish(server, id);
  });

  it("cancels once, however often it is asked to", async () => {
    const server = makeServer();
    const id = await server.begin(3);
    const answers = await Promise.all([cancel(server, id), cancel(server, id)]);
    expect(answers.map((one) => one.status)).toEqual([202, 202]);
    await until(() => server.services.manager.active === 0);
    const late = await cancel(server, id);
    expect([late.status, await json(late)]).toEqual([200, { run_id: id, status: "interrupted" }]);
    const events = parseFrames(await (await server.ask("GET", `/api/v1/runs/${id}/events`)).text());
    expect(events.filter((event) => event.type === "run_finished")).toMatchObject([{ interrupted_by: "abort" }]);
    expect((await cancel(server, A)).status).toBe(404);
  });

  it("does not touch what another process works on", async () => {
    const server = makeServer();
    const plan = planOf(1, { run_id: A });
    const journal = newJournal(server.home, plan);
    journal.onEvent(new Events(A).started(plan));
    expect((await detail(server, A)).status).toBe("running");
    expect((await cancel(server, A)).status).toBe(409);
    expect((await server.ask("DELETE", `/api/v1/runs/${A}`)).status).toBe(409);
    expect((await resume(server, A)).status).toBe(409);
    journal.close();
  });
});

describe("POST …/resume", () => {
  // The directory of the recorded tasks is the root, which also contains the server's home.
  const ANYWHERE = { allowed_workdir_prefixes: ["/"], allow_unsafe: true };

  it("goes on with a run that was interrupted; its events go on too", async () => {
    const server = makeServer({ offline: false, server: ANYWHERE });
    writeRun(server.home, (e) => [e.taskFinished("task-1"), e.taskStarted("task-2")], { runId: A });
    const before = await detail(server, A);
    expect([before.status, before.tasks.map((task) => task.state)]).toEqual([
      "interrupted",
      ["OK", "interrupted", "queued"],
    ]);
    expect((await resume(server, A)).status).toBe(202);
    expect((await resume(server, A)).status).toBe(409);
    expect((await server.runs.of(A)).started).toEqual(["task-2", "task-3"]);
    const stream = server.ask("GET", `/api/v1/runs/${A}/events`, undefined, { "Last-Event-ID": "2" });
    await finish(server, A);
    const events = parseFrames(await (await stream).text());
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 3));
    expect(events.map((event) => event.type)).toEqual(expect.arrayContaining(["run_resumed", "run_finished"]));
    expect(await detail(server, A)).toMatchObject({ status: "finished", counts: { completed: 3 } });
    const { body } = await server.services.metrics.text();
    // What had ended before is not counted a second time.
    expect(body).toContain('clinvk_tasks_total{backend="claude",status="OK"} 2');
  });

  it("runs again what is asked for, and refuses what makes no sense", async () => {
    const server = makeServer({ offline: false, server: ANYWHERE });
    writeRun(server.home, (e) => [e.taskFinished("task-1"), e.taskFinished("task-2", "FAILED"), e.finished()], {
      runId: A,
      count: 2,
    });
    const status = async (body?: unknown) => (await resume(server, A, body)).status;
    expect(await status()).toBe(409);
    expect(await status({ again: ["task-1", "nobody"] })).toBe(422);
    expect(await status({ again: "all" })).toBe(422);
    expect(await status({ agian: "failed" })).toBe(422);
    expect(await status("{")).toBe(400);
    expect((await resume(server, B)).status).toBe(404);
    expect(await status({ again: "failed" })).toBe(202);
    expect((await server.runs.of(A)).started).toEqual(["task-2"]);
    await finish(server, A);
    expect((await detail(server, A)).counts).toMatchObject({ completed: 2, failed: 0 });
  });

  it("is refused, as a request is, where an agent could change clinvk's own files", async () => {
    const { home } = makeServer();
    const server = makeServer({ home, cwd: home, server: { allowed_workdir_prefixes: ["/"] } });
    const asked = await server.ask("POST", "/api/v1/parallel", taskFile(1));
    expect(asked.status).toBe(422);
    expect(await asked.text()).toContain("clinvk's own files");
    newJournal(home, planOf(1, { run_id: A, offline: true })).close();
    const resumed = await resume(server, A);
    expect(resumed.status).toBe(409);
    expect(await resumed.text()).toContain("clinvk's own files");
  });

  it.each([
    { tasks: undefined },
    { tasks: [null] },
    { tasks: [{ ...makeTask(), fallbacks: undefined }] },
    { max_parallel: 0 },
  ])("is refused if the recorded plan can't be used: %j", async (change) => {
    const server = makeServer({ server: ANYWHERE });
    newJournal(server.home, planOf(1, { run_id: A, offline: true })).close();
    const plan = { ...planOf(1, { run_id: A, offline: true }), ...change };
    writeFileSync(join(runDir(server.home, A), PLAN_FILE), formatLine({ v: 1, plan }));
    expect(await detail(server, A)).toMatchObject({ run_id: A, status: "interrupted", tasks: [] });
    for (const body of [undefined, { again: ["task-1"] }]) {
      const resumed = await resume(server, A, body);
      expect(resumed.status).toBe(409);
      expect(await resumed.text()).toContain("is damaged");
    }
  });

  it("goes on with a run that was accepted and never began", async () => {
    const server = makeServer({ offline: false, server: ANYWHERE });
    newJournal(server.home, planOf(2, { run_id: A })).close();
    expect(await detail(server, A)).toMatchObject({ status: "interrupted", tasks: [{ state: "queued" }, {}] });
    expect((await resume(server, A)).status).toBe(202);
    await finish(server, A);
    expect(await detail(server, A)).toMatchObject({ status: "finished", counts: { completed: 2 } });
  });
});

describe("GET …/events", () => {
  it("tells everything so far, then what happens, to the end", async () => {
    const server = makeServer({ offline: false });
    const id = await server.begin(2);
    const early = server.ask("GET", `/api/v1/runs/${id}/events`);
    const executor = await server.runs.of(id);
    executor.of("task-1").progress({ type: "text", text: "first" });
    const response = await server.ask("GET", `/api/v1/runs/${id}/events`);
    expect(response.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    executor.of("task-2").progress({ type: "text", text: "second" });
    await finish(server, id);
    const all = parseFrames(await response.text());
    expect(all.map((event) => event.seq)).toEqual(all.map((_, index) => index + 1));
    expect([all[0]?.type, all.at(-1)?.type]).toEqual(["run_started", "run_finished"]);
    expect(parseFrames(await (await early).text())).toEqual(all);
    expect(parseFrames(await (await server.ask("GET", `/api/v1/runs/${id}/events`)).text())).toEqual(all);
  });

  it("takes a Last-Event-ID that can be, and no other", async () => {
    const server = makeServer({ offline: false });
    writeFinishedRun(server.home, A);
    const live = await server.begin();
    const status = async (id: string, last: string) =>
      (await server.ask("GET", `/api/v1/runs/${id}/events`, undefined, { "Last-Event-ID": last })).status;
    for (const nonsense of ["x", "-1", "1.5", "1e3", "9999", "99999999999999999999", "1;2"]) {
      expect(await status(A, nonsense), nonsense).toBe(400);
      expect(await status(live, nonsense), nonsense).toBe(400);
    }
    expect(await status(A, "10")).toBe(200);
    expect(await status(A, "11")).toBe(204);
    await finish(server, live);
  });

  it("says now and then that it is still there", async () => {
    const server = makeServer({ heartbeat_ms: 5 });
    const id = await server.begin();
    const response = await server.ask("GET", `/api/v1/runs/${id}/events`);
    const reader = response.body?.getReader();
    let text = "";
    while (!text.includes(": still here\n\n")) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    await reader?.cancel();
    await finish(server, id);
  });

  it("a reader that takes nothing slows no run, and gets everything in the end", async () => {
    const server = makeServer({ offline: false });
    const id = await server.begin();
    const slow = await server.ask("GET", `/api/v1/runs/${id}/events`);
    const executor = await server.runs.of(id);
    const text = "x".repeat(64 * 1024);
    for (let n = 0; n < 100; n += 1) {
      executor.of("task-1").progress({ type: "text", text });
      await new Promise((again) => setImmediate(again));
    }
    await finish(server, id);
    const events = parseFrames(await slow.text());
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter((event) => event.type === "task_output")).toHaveLength(100);
  });
});

describe("stopping", () => {
  it("begins nothing new, and waits for what is under way", async () => {
    const server = makeServer({ server: { max_runs: 1 } });
    const first = await server.begin();
    const second = await server.begin();
    const drained = server.services.manager.drain();
    const refused = await server.ask("POST", "/api/v1/parallel", taskFile(1));
    expect([refused.status, (await json<ErrorBody>(refused)).error.code]).toEqual([503, "shutting_down"]);
    expect((await json<{ status: string }>(server.ask("GET", "/health"))).status).toBe("degraded");
    await finish(server, first);
    await finish(server, second);
    await drained;
  });

  it("ends what does not end by itself, and the journals say why", async () => {
    const server = makeServer({ server: { max_runs: 1 } });
    const ids = [await server.begin(2), await server.begin()];
    const drained = server.services.manager.drain();
    server.services.manager.cancelAll("SIGTERM");
    await drained;
    for (const id of ids) {
      expect((await detail(server, id)).status).toBe("interrupted");
      const events = parseFrames(await (await server.ask("GET", `/api/v1/runs/${id}/events`)).text());
      expect(events.at(-1)).toMatchObject({ type: "run_finished", interrupted_by: "SIGTERM" });
    }
  });
});

it("a bug in a run is an answer 500, and the server goes on", async () => {
  const server = makeServer({
    execute: async ({ journal }) => {
      if (typeof journal === "object") journal.close();
      throw new Error("secret detail of a bug");
    },
  });
  const response = await server.ask("POST", "/api/v1/parallel", taskFile(1));
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining("secret detail")]);
  expect(server.log()).toContain("secret detail of a bug");
  expect((await server.ask("GET", "/health")).status).toBe(200);
});

describe("what a resume is refused for", () => {
  it("rights that only the command line gives", async () => {
    const server = makeServer({ offline: false });
    const plan = planOf(1, { run_id: A, tasks: [makeTask({ approval_mode: "none" })] });
    const journal = newJournal(server.home, plan);
    journal.onEvent(new Events(A).started(plan));
    journal.close();
    const refused = await resume(server, A);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("clinvk runs resume")]);
  });

  it("a real run, where the server is offline", async () => {
    const server = makeServer({ offline: true });
    newJournal(server.home, planOf(1, { run_id: A })).close();
    const refused = await resume(server, A);
    expect([refused.status, (await json<ErrorBody>(refused)).error.message]).toEqual([
      409,
      expect.stringContaining("offline"),
    ]);
    expect(server.services.manager.active).toBe(0);
  });

  it("a run that is under way, also where no place is free", async () => {
    const server = makeServer({ server: { max_runs: 1, max_queue: 0 } });
    const id = await server.begin();
    expect((await resume(server, id)).status).toBe(409);
    await finish(server, id);
  });
});

it("HEAD leaves no reader of the events behind", async () => {
  const server = makeServer({ heartbeat_ms: 1 });
  const id = await server.begin();
  (await server.runs.of(id)).of("task-1").progress({ type: "started", command: "claude -p" });
  const seq = server.services.manager.live(id)?.stream.last_seq ?? 0;
  let joined = 0;
  const stream = server.services.manager.live(id)?.stream;
  if (stream === undefined) throw new Error("the run is over");
  const { join, leave } = stream;
  stream.join = function (this: typeof stream) {
    joined += 1;
    return join.call(this);
  };
  stream.leave = function (this: typeof stream, reader) {
    joined -= 1;
    leave.call(this, reader);
  };
  const response = await server.ask("HEAD", `/api/v1/runs/${id}/events`, undefined, { "Last-Event-ID": String(seq) });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  await until(() => joined === 0);
  await finish(server, id);
});

it.each(["parallel", "chain", "compare"])(
  "POST /%s with more tasks than are allowed is refused, dry or not",
  async (kind) => {
    const server = makeServer({ server: { max_tasks: 3 } });
    const fields = {
      parallel: { tasks: taskFile(4).tasks },
      chain: { steps: taskFile(4).tasks },
      compare: { prompt: "x", backends: ["a", "b", "c", "d"] },
    }[kind];
    for (const dry_run of [true, false]) {
      const refused = await server.ask("POST", `/api/v1/${kind}`, { ...fields, dry_run });
      expect([refused.status, (await json<ErrorBody>(refused)).error.details]).toEqual([
        422,
        [{ path: expect.stringMatching(/^(tasks|steps|backends)$/), message: expect.stringContaining("may have 3") }],
      ]);
    }
    expect(server.services.manager.active).toBe(0);
  },
);
