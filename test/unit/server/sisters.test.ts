// chain, compare, prompt and the sessions over HTTP: their documents, their refusals, and what is remembered.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorBody, RunAccepted, RunDetail, RunResponse } from "../../../src/schema/api.js";
import { RunResponse as RunResponseShape } from "../../../src/schema/api.js";
import {
  ChainResponse,
  CompareResponse,
  PromptResponse,
  SessionBody,
  SessionList,
} from "../../../src/schema/api-prompt-chain-compare.js";
import { keysOf } from "../../../src/server/keys.js";
import { continueSession } from "../../../src/store/session-turn.js";
import { makeServer, type TestServer, type TestServerOptions } from "../../rig/server.js";
import { writeSession } from "../../rig/sessions.js";

const ASYNC = { Prefer: "respond-async" };

/** A server on whose PATH all three CLIs are. */
function withClis(options: TestServerOptions = {}): TestServer {
  const server = makeServer(options);
  mkdirSync(join(server.home, "bin"), { recursive: true });
  for (const name of ["claude", "codex", "gemini"]) {
    const file = join(server.home, "bin", name);
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o755);
  }
  return server;
}

const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;

/** Begins a run and tells its id. */
async function begin(server: TestServer, command: string, body: object): Promise<string> {
  const response = await server.ask("POST", `/api/v1/${command}`, body, ASYNC);
  expect([response.status, await response.clone().text()]).toEqual([202, expect.stringContaining("run_id")]);
  return (await json<RunAccepted>(response)).run_id;
}

/** Answers whatever a run asks until it is over. */
async function answerAll(server: TestServer, id: string, answer = (task: string) => `answer of ${task}`) {
  const executor = await server.runs.of(id);
  while (server.services.manager.live(id)) {
    for (const { job, succeed } of executor.running.values())
      succeed(answer(job.task.id), {
        outcome: { model: "m", session_id: "cli-session", usage: null, cost_usd: null, refusals: null },
      });
    await new Promise((again) => setImmediate(again));
  }
}

/** The one run that is under way. */
async function underWay(server: TestServer): Promise<string> {
  while (server.services.manager.active === 0) await new Promise((again) => setImmediate(again));
  return server.services.manager.all()[0]?.plan.run_id ?? "";
}

/** Waits for a run's document while its tasks are answered. */
async function whole<T>(server: TestServer, command: string, body: object): Promise<T> {
  const response = server.ask("POST", `/api/v1/${command}`, body);
  await answerAll(server, await underWay(server));
  expect((await response).status).toBe(200);
  return json<T>(response);
}

/** The paths and messages of what is wrong with a body. */
async function problems(server: TestServer, command: string, body: unknown): Promise<string[]> {
  const response = await server.ask("POST", `/api/v1/${command}`, body);
  expect(response.status).toBe(422);
  const { error } = await json<ErrorBody>(response);
  expect(error.code).toBe("validation_failed");
  return (error.details ?? []).map(({ path = "", message }) => `${path}: ${message}`);
}

const CHAIN = {
  steps: [
    { name: "analyze", backend: "claude", prompt: "Analyze" },
    { name: "fix", backend: "codex", prompt: "Fix: {{previous}}" },
  ],
};

describe("POST /api/v1/chain", () => {
  it("answers with the chain's document, and with the names of clinvoker 0.2", async () => {
    const body = await whole<ChainResponse>(withClis(), "chain", CHAIN);
    expect(ChainResponse.parse(body)).toEqual(body);
    expect(body).toMatchObject({ total_steps: 2, completed_steps: 2, failed_step: 0 });
    expect(body.results.map(({ step, name, content, output }) => [step, name, content, output])).toEqual([
      [1, "analyze", "answer of step-1", "answer of step-1"],
      [2, "fix", "answer of step-2", "answer of step-2"],
    ]);
  });

  it("puts the answer of a step into the next prompt", async () => {
    const server = withClis();
    const id = await begin(server, "chain", CHAIN);
    const executor = await server.runs.of(id);
    executor.of("step-1").succeed("a bug");
    while (!executor.running.has("step-2")) await new Promise((again) => setImmediate(again));
    expect(executor.of("step-2").job.task).toMatchObject({ prompt: expect.stringContaining("a bug"), untrusted: true });
    await answerAll(server, id);
    expect(await json<RunDetail>(server.ask("GET", `/api/v1/runs/${id}`))).toMatchObject({ kind: "chain" });
  });

  it("refuses in the words of its file, with line and column", async () => {
    const server = withClis();
    const step = { backend: "claude", prompt: "x" };
    expect(
      await problems(server, "chain", {
        steps: [
          { ...step, workdir: "/" },
          { ...step, approval_mode: "none" },
          { ...step, sandbox_mode: "full" },
          { ...step, extra: ["--dangerously-skip-permissions"] },
          { ...step, prompt: "{{steps.nobody.content}}" },
        ],
        output_dir: "out",
      }),
    ).toEqual([
      expect.stringMatching(/^steps\[0\]\.workdir: /),
      expect.stringMatching(/^steps\[1\]\.approval_mode: /),
      expect.stringMatching(/^steps\[2\]\.sandbox_mode: /),
      expect.stringMatching(/^steps\[3\]\.extra\[0\]: /),
      expect.stringMatching(/^steps\[4\]\.prompt: .*nobody/),
      expect.stringMatching(/^output_dir: /),
    ]);
    const response = await server.ask(
      "POST",
      "/api/v1/chain",
      '{"steps": [\n  {"backend": "claud", "prompt": "x"}\n]}',
    );
    expect((await json<ErrorBody>(response)).error.details).toMatchObject([{ path: "steps[0].backend", line: 2 }]);
  });

  it.each([
    [{ steps: [] }, "steps: there are no steps"],
    [{ tasks: [] }, ": this is a task file, not a chain file"],
    [{ steps: [{ backend: "claude" }] }, "steps[0]: `prompt` is missing"],
    [
      { steps: [{ backend: "claude", prompt: "x", prompt_file: "y" }] },
      "steps[0].prompt_file: a step has `prompt` or `prompt_file`, not both",
    ],
    [
      { steps: [{ backend: "claude", prompt_file: "/etc/passwd" }] },
      'steps[0].prompt_file: can\'t read "/etc/passwd": tasks from outside may name no files',
    ],
  ])("refuses %j", async (body, problem) => {
    expect(await problems(withClis(), "chain", body)).toEqual([problem]);
  });
});

describe("POST /api/v1/compare", () => {
  it("refuses half of a character, with its place", async () => {
    for (const [body, place] of [
      [{ prompt: "a\ud800b", backends: ["claude"] }, "prompt"],
      [{ prompt: "x", backends: ["claude"], system_prompt: "\udc00" }, "system_prompt"],
    ] as const)
      expect(await problems(withClis(), "compare", body)).toEqual([
        `${place}: contains half of a character (a lone surrogate such as \`\\ud800\`)`,
      ]);
  });

  it("answers with the comparison's document, and with the names of clinvoker 0.2", async () => {
    const body = await whole<CompareResponse>(withClis(), "compare", {
      prompt: "Say hello",
      backends: ["gemini", "claude"],
    });
    expect(CompareResponse.parse(body)).toEqual(body);
    expect(body).toMatchObject({ prompt: "Say hello", backends: ["gemini", "claude"] });
    expect(body.results.map(({ backend, output }) => [backend, output])).toEqual([
      ["gemini", "answer of task-1"],
      ["claude", "answer of task-2"],
    ]);
  });

  it("asks all at once, or one after another", async () => {
    const server = withClis();
    const all = await begin(server, "compare", { prompt: "x", all_backends: true });
    expect((await server.runs.of(all)).running.size).toBe(3);
    await answerAll(server, all);
    const sequential = await begin(server, "compare", { prompt: "x", all_backends: true, sequential: true });
    expect((await server.runs.of(sequential)).running.size).toBe(1);
    await answerAll(server, sequential);
    expect((await server.runs.of(sequential)).peak).toBe(1);
  });

  it("gives the fields of a task to each of them", async () => {
    const server = withClis();
    const id = await begin(server, "compare", {
      prompt: "x",
      backends: ["claude", "gemini"],
      model: "fast",
      timeout_seconds: 5,
      meta: { ticket: 7 },
    });
    const tasks = server.services.manager.live(id)?.plan.tasks ?? [];
    for (const task of tasks)
      expect(task).toMatchObject({ timeout_seconds: 5, meta: { ticket: 7 }, untrusted: true, workdir: server.cwd });
    expect(new Set(tasks.map((task) => task.model)).size).toBe(2);
    await answerAll(server, id);
  });

  it.each([
    [{ prompt: "x" }, ": no backend is named"],
    [{ backends: ["claude"] }, ": `prompt` is missing"],
    [{ prompt: " ", backends: ["claude"] }, "prompt: the prompt is empty"],
    [
      { prompt: "x", backends: ["claude"], all_backends: true },
      "all_backends: there can be `backends` or `all_backends`, not both",
    ],
    [{ prompt: "x", backends: [] }, "backends: may not be empty"],
    [{ prompt: "x", backends: ["claud"] }, 'backends: expected one of `claude`, `codex`, `gemini`, got "claud"'],
    [{ prompt: "x", backends: ["claude"], sandbox_mode: "full" }, "sandbox_mode: callers may not ask for `full`"],
    [{ prompt: "x", backends: ["claude"], workdir: "here" }, "workdir: callers must name an absolute path"],
    [{ prompt: "x", all_backends: true, wrong: 1 }, "wrong: unknown key"],
    [[], ": expected an object, got a list"],
  ])("refuses %j", async (body, problem) => {
    expect(await problems(withClis(), "compare", body)).toEqual([problem]);
  });

  it("refuses one that is named and not installed", async () => {
    expect(await problems(makeServer(), "compare", { prompt: "x", backends: ["codex"] })).toEqual([
      expect.stringMatching(/^backends: Codex is not installed/),
    ]);
  });
});

describe("POST /api/v1/prompt", () => {
  const sessions = async (server: TestServer) => json<SessionList>(server.ask("GET", "/api/v1/sessions"));

  it("remembers a session, and goes on with it", async () => {
    const server = withClis();
    const first = await whole<PromptResponse>(server, "prompt", { prompt: "Say hello", backend: "codex", model: "o9" });
    expect(PromptResponse.parse(first)).toEqual(first);
    const { backend, exit_code, output, duration_ms } = first.results[0] ?? {};
    expect(first).toMatchObject({ session_id: first.session, backend, exit_code, output, duration_ms });
    expect([backend, exit_code, output]).toEqual(["codex", 0, "answer of task-1"]);
    expect(first.results).toMatchObject([
      { backend: "codex", content: "answer of task-1", output: "answer of task-1" },
    ]);
    const session_id = first.session ?? "";
    const id = await begin(server, "prompt", { prompt: "And again", session_id });
    const { task } = (await server.runs.of(id)).of("task-1").job;
    expect(task).toMatchObject({ backend: "codex", model: "o9", untrusted: true });
    expect(task.session).toMatchObject({ id: session_id, resume: { id: "cli-session" } });
    expect((await sessions(server)).sessions).toMatchObject([{ id: session_id, status: "running", turns: 1 }]);
    await answerAll(server, id);
    const list = await sessions(server);
    expect(SessionList.parse(list)).toEqual(list);
    expect(list.sessions).toMatchObject([
      { id: session_id, backend: "codex", status: "active", title: "Say hello", turns: 2, offline: true },
    ]);
  });

  it("asks claude if nobody is named", async () => {
    const result = await whole<RunResponse>(withClis(), "prompt", { prompt: "hello", ephemeral: true });
    expect(result.results).toMatchObject([{ backend: "claude" }]);
  });

  it.each([{ ephemeral: true }, { dry_run: true }])("remembers nothing with %j", async (more) => {
    const server = withClis();
    const result = await whole<PromptResponse>(server, "prompt", { prompt: "hello", ...more });
    expect([result.session, result.session_id]).toEqual([undefined, null]);
    expect(await sessions(server)).toMatchObject({ total: 0 });
    expect(existsSync(join(server.home, "sessions"))).toBe(false);
  });

  it("says that a session is in use: a conflict", async () => {
    const server = withClis();
    const { id } = writeSession(server.home, { workdir: server.cwd, offline: true });
    const run = await begin(server, "prompt", { prompt: "x", session_id: id });
    const second = await server.ask("POST", "/api/v1/prompt", { prompt: "y", session_id: id });
    expect([second.status, await second.text()]).toEqual([409, expect.stringContaining(`process ${process.pid}`)]);
    expect((await server.ask("DELETE", `/api/v1/sessions/${id}`)).status).toBe(409);
    await answerAll(server, run);
    await whole(server, "prompt", { prompt: "y", session_id: id });
  });

  it("gives the session free also if nothing is run, if the run is canceled, and if it breaks", async () => {
    const full = withClis({ server: { max_runs: 1, max_queue: 0 } });
    const { id } = writeSession(full.home, { workdir: full.cwd, offline: true });
    const isFree = () => {
      const turn = continueSession(full.home, id);
      if (turn.ok) turn.value.close();
      return turn.ok;
    };
    const busy = await full.begin();
    expect((await full.ask("POST", "/api/v1/prompt", { prompt: "x", session_id: id })).status).toBe(503);
    expect(isFree()).toBe(true);
    await answerAll(full, busy);
    expect(await problems(full, "prompt", { prompt: " ", session_id: id })).toEqual(["prompt: the prompt is empty"]);
    expect(isFree()).toBe(true);

    const run = await begin(full, "prompt", { prompt: "x", session_id: id });
    expect(isFree()).toBe(false);
    const live = full.services.manager.cancel(run);
    await live?.ended;
    expect(isFree()).toBe(true);

    const broken = withClis({ execute: () => Promise.reject(new Error("a bug")), home: full.home, cwd: full.cwd });
    expect((await broken.ask("POST", "/api/v1/prompt", { prompt: "x", session_id: id })).status).toBe(500);
    expect(isFree()).toBe(true);
  });

  it("a prompt is not run again", async () => {
    const server = withClis();
    const id = await begin(server, "prompt", { prompt: "x" });
    await answerAll(server, id);
    const response = await server.ask("POST", `/api/v1/runs/${id}/resume`, { again: "failed" });
    expect([response.status, await response.text()]).toEqual([409, expect.stringContaining("session_id")]);
  });

  it.each([
    [{}, ": `prompt` is missing"],
    [{ prompt: "" }, "prompt: the prompt is empty"],
    [{ prompt: "x", backend: "claud" }, 'backend: expected one of `claude`, `codex`, `gemini`, got "claud"'],
    [{ prompt: "x", approval_mode: "none" }, "approval_mode: callers may not ask for `none`"],
    [{ prompt: "x", prompt_file: "y" }, "prompt_file: unknown key"],
    [{ prompt: "x", fallback: ["codex"] }, "fallback: unknown key"],
    [{ prompt: "x", session_id: "../../x" }, "session_id: there is no such session"],
    [{ prompt: "x", session_id: "20260101-000000-aaaaaa" }, "session_id: there is no such session"],
  ])("refuses %j", async (body, problem) => {
    const server = withClis();
    expect(await problems(server, "prompt", body)).toEqual([expect.stringContaining(problem)]);
    expect(await sessions(server)).toMatchObject({ total: 0 });
  });

  it("refuses what a session can't do", async () => {
    const server = withClis();
    const mine = writeSession(server.home, { workdir: server.cwd, offline: true });
    expect(
      await problems(server, "prompt", {
        prompt: "x",
        session_id: mine.id,
        backend: "codex",
        workdir: "/tmp",
        ephemeral: true,
      }),
    ).toEqual([
      "ephemeral: a continued session is kept",
      "backend: it is a session of claude, and continues with it",
      "workdir: a session continues in the directory in which it began",
    ]);
    const elsewhere = writeSession(server.home, { workdir: "/usr", offline: true });
    expect(await problems(server, "prompt", { prompt: "x", session_id: elsewhere.id })).toEqual([
      expect.stringMatching(/^session_id: .*is in none of the directories/),
    ]);
    const real = writeSession(server.home, { workdir: server.cwd });
    expect(await problems(server, "prompt", { prompt: "x", session_id: real.id })).toEqual([
      "session_id: it is a conversation with the real claude, and this server is offline",
    ]);
  });
});

describe("/api/v1/sessions", () => {
  it("lists by backend, status and place in the list", async () => {
    const server = makeServer();
    const time = (second: number) => ({ updated_at: `2026-01-01T00:00:0${second}.000Z` });
    const [a, b, c] = [
      writeSession(server.home, { backend: "claude", ...time(1) }),
      writeSession(server.home, { backend: "codex", status: "failed", ...time(2) }),
      writeSession(server.home, { backend: "codex", ...time(3) }),
    ].map(({ id }) => id);
    const list = async (query: string) => {
      const { sessions, ...page } = await json<SessionList>(server.ask("GET", `/api/v1/sessions${query}`));
      return { ids: sessions.map(({ id }) => id), ...page };
    };
    expect(await list("")).toEqual({ ids: [c, b, a], total: 3, limit: 50, offset: 0 });
    expect(await list("?backend=codex")).toMatchObject({ ids: [c, b], total: 2 });
    expect(await list("?status=failed")).toMatchObject({ ids: [b], total: 1 });
    expect(await list("?limit=1&offset=1")).toEqual({ ids: [b], total: 3, limit: 1, offset: 1 });
  });

  it.each(["limit=0", "limit=201", "limit=x", "offset=-1", "status=odd"])("?%s is a bad request", async (query) => {
    expect((await makeServer().ask("GET", `/api/v1/sessions?${query}`)).status).toBe(400);
  });

  it("shows one, forgets it, and then knows nothing of it", async () => {
    const server = makeServer();
    const session = writeSession(server.home);
    const path = `/api/v1/sessions/${session.id}`;
    const body = await json<SessionBody>(server.ask("GET", path));
    expect(SessionBody.parse(body)).toEqual(session);
    expect(await json(server.ask("DELETE", path))).toEqual({ deleted: true });
    expect((await server.ask("GET", path)).status).toBe(404);
    expect((await server.ask("DELETE", path)).status).toBe(404);
  });

  it.each(["..", "..%2f..", "%2e%2e%2fruns", "a%00", "x"])("%s is none", async (id) => {
    expect((await makeServer().ask("GET", `/api/v1/sessions/${id}`)).status).toBe(404);
    expect((await makeServer().ask("DELETE", `/api/v1/sessions/${id}`)).status).toBeGreaterThanOrEqual(400);
  });
});

describe("GET /api/v1/runs/{run_id}/result", () => {
  it("is what a waiting caller got, for every kind of run", async () => {
    const server = withClis();
    const bodies = {
      parallel: { tasks: CHAIN.steps.slice(0, 1) },
      chain: CHAIN,
      compare: { prompt: "x", all_backends: true },
      prompt: { prompt: "x" },
    };
    for (const [command, body] of Object.entries(bodies)) {
      const document = await whole<{ run_id: string }>(server, command, body);
      expect(await json(server.ask("GET", `/api/v1/runs/${document.run_id}/result`))).toEqual(document);
    }
  });

  it("is there when the run has ended, not before", async () => {
    const server = withClis();
    const id = await server.begin();
    const response = await server.ask("GET", `/api/v1/runs/${id}/result`);
    expect([response.status, await response.text()]).toEqual([409, expect.stringContaining("running")]);
    await answerAll(server, id);
    expect((await server.ask("GET", `/api/v1/runs/${id}/result`)).status).toBe(200);
    expect((await server.ask("GET", "/api/v1/runs/20260101-000000-aaaaaa/result")).status).toBe(404);
  });
});

it("the new routes need a key, and are not for pages of other origins", async () => {
  const server = withClis({ keys: keysOf(["a-long-secret-key"], "ask the owner") });
  for (const command of ["chain", "compare", "prompt"])
    expect((await server.ask("POST", `/api/v1/${command}`, {})).status).toBe(401);
  for (const method of ["GET", "DELETE"])
    expect((await server.ask(method, "/api/v1/sessions/20260101-000000-aaaaaa")).status).toBe(401);
  const foreign = { "X-API-Key": "a-long-secret-key", Origin: "https://elsewhere.example" };
  expect((await server.ask("POST", "/api/v1/prompt", { prompt: "x" }, foreign)).status).toBe(403);
});

it("a judge's result has the same names as the others", async () => {
  const body = await whole<RunResponse>(withClis(), "parallel", {
    tasks: [{ backend: "claude", prompt: "x" }],
    judge: { backend: "codex", prompt: "Judge {{results}}" },
  });
  expect(RunResponseShape.safeParse(body).error?.issues).toBeUndefined();
});
