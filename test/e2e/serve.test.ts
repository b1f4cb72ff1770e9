import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunDetail } from "../../src/schema/api.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { type Served, serve } from "../rig/serve.js";
import { parseFrames } from "../rig/server.js";

let clis: FakeClis;
let workspace: Workspace;
const servers: Started[] = [];
beforeEach(async () => {
  clis = await FakeClis.start();
  workspace = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  for (const { child, done } of servers.splice(0)) {
    child.kill("SIGKILL");
    await done;
  }
  workspace.close();
  await clis.close();
});

/** Starts a server that ends with the test. */
async function start(args: string[] = [], env: Record<string, string> = {}): Promise<Served> {
  const server = await serve(workspace, args, env);
  servers.push(server.started);
  return server;
}

const detail = async (server: Served, id: string) =>
  (await (await server.ask(`/api/v1/runs/${id}`)).json()) as RunDetail;

describe("start", () => {
  it("makes a key, prints it in the dashboard's address, and keeps it", async () => {
    const server = await start();
    const path = join(workspace.home, ".clinvk/server.key");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await fetch(`${server.url}/api/v1/runs`)).status).toBe(401);
    expect((await server.ask("/api/v1/runs")).status).toBe(200);
    const again = await start();
    expect(
      (await again.ask("/api/v1/runs", { headers: { "X-API-Key": readFileSync(path, "utf8").trim() } })).status,
    ).toBe(200);
  });

  it("prints no configured key, and makes none", async () => {
    const server = await start([], { CLINVK_API_KEYS: "configured-key" });
    expect((await server.ask("/api/v1/runs")).status).toBe(200);
    expect(existsSync(join(workspace.home, ".clinvk/server.key"))).toBe(false);
    server.started.child.kill("SIGTERM");
    const { stdout, stderr } = await server.started.done;
    expect(stdout + stderr).not.toContain("configured-key");
  });

  it("with --no-auth needs none", async () => {
    const server = await start(["--no-auth"]);
    expect((await fetch(`${server.url}/api/v1/runs`)).status).toBe(200);
  });

  it.each([
    [["--host", "0.0.0.0"], "CLINVK_API_KEYS"],
    [["--host", "0.0.0.0", "--no-auth"], "loopback"],
    [["--port", "70000"], "65535"],
    [["--port", "x"], "65535"],
    [["--config", "missing.yaml"], "missing.yaml"],
    [["--offline-script", "missing.json"], "missing.json"],
    [["--wrong"], "there is no such flag"],
  ])("%j is refused before anything starts", async (args, says) => {
    const { code, stderr, stdout } = await workspace.run(["serve", "--port", "0", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(says);
  });

  it("says so when the port is taken", async () => {
    const { url } = await start();
    const { code, stderr } = await workspace.run(["serve", "--port", new URL(url).port]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/can't listen on 127\.0\.0\.1, port \d+: .*EADDRINUSE/)]);
  });
});

it("a CLI never sees the server's keys, and works where the server was started", async () => {
  const server = await start([], { CLINVK_API_KEYS: "configured-key" });
  const id = await server.begin("Hello");
  const invocation = await clis.next();
  expect(JSON.stringify(invocation.env)).not.toContain("configured-key");
  expect(invocation.cwd).toBe(workspace.served);
  await invocation.answer("Hi");
  const events = await (await server.ask(`/api/v1/runs/${id}/events`)).text();
  expect(parseFrames(events).at(-1)).toMatchObject({ type: "run_finished" });
  expect(await (await server.ask(`/api/v1/runs/${id}/tasks/task-1/output`)).text()).toBe("Hi");
});

it("a CLI and its checks see no keys over HTTP but its own, and what `pass_env` names", async () => {
  workspace.file("home/.clinvk/config.yaml", {
    server: { allow_unsafe: true },
    backends: {
      claude: { pass_env: ["NPM_*"] },
      mine: { command: ["sh", "-c", "cat > /dev/null; printenv | cut -d= -f1 | sort"] },
    },
  });
  const keys = {
    ANTHROPIC_API_KEY: "key-of-claude",
    OPENAI_API_KEY: "key-of-codex",
    GEMINI_API_KEY: "key-of-gemini",
    GITHUB_TOKEN: "key-of-github",
    AWS_SECRET_ACCESS_KEY: "key-of-aws",
    DATABASE_URL: "postgres://db",
    NPM_TOKEN: "key-of-npm",
  };
  const seen = (env: Record<string, string>) => Object.keys(keys).filter((name) => name in env);
  const server = await start([], keys);
  const check = "printenv | cut -d= -f1 > seen-by-check";
  const tasks = [
    ...["claude", "codex", "gemini"].map((backend) => ({ backend, prompt: backend, expect: { command: check } })),
    { backend: "mine", prompt: "mine" },
  ];
  const body = JSON.stringify({ tasks, max_parallel: 1 });
  const answered = server.ask("/api/v1/parallel", { method: "POST", body });
  for (const [prompt, names] of [
    ["claude", ["ANTHROPIC_API_KEY", "NPM_TOKEN"]],
    ["codex", ["OPENAI_API_KEY"]],
    ["gemini", ["GEMINI_API_KEY"]],
  ] as const) {
    const cli = await clis.next({ prompt });
    expect(seen(cli.env)).toEqual(names);
    await cli.answer("done");
  }
  const { results } = (await (await answered).json()) as { results: { status: string; content: string }[] };
  expect(results.map(({ status }) => status)).toEqual(["OK", "OK", "OK", "OK"]);
  const checked = readFileSync(join(workspace.served, "seen-by-check"), "utf8").split("\n");
  expect(seen(Object.fromEntries(checked.map((name) => [name, ""])))).toEqual(["GEMINI_API_KEY"]);
  expect(results[3]?.content).toContain("PATH\n");
  expect(seen(Object.fromEntries((results[3]?.content ?? "").split("\n").map((name) => [name, ""])))).toEqual([]);
  // As by hand: a task of the user's own gets them all.
  const own = workspace.start(["parallel", "-f", workspace.file("own.json", [{ backend: "codex", prompt: "own" }])], {
    env: keys,
  });
  const cli = await clis.next({ prompt: "own" });
  expect(seen(cli.env)).toEqual(Object.keys(keys));
  await cli.answer("done");
  expect((await own.done).code).toBe(0);
});

it("dry_run starts nothing and shows the commands", async () => {
  const server = await start();
  const tasks = [
    { backend: "claude", prompt: "a" },
    { backend: "codex", prompt: "b" },
  ];
  const body = JSON.stringify({ dry_run: true, tasks });
  const result = (await (await server.ask("/api/v1/parallel", { method: "POST", body })).json()) as {
    results: { exit_code: number; command: string }[];
  };
  expect(result.results.map((one) => [one.exit_code, one.command.split(" ")[0]?.split("/").at(-1)])).toEqual([
    [0, "claude"],
    [0, "codex"],
  ]);
  expect(clis.waiting).toEqual([]);
});

it("a run that a crash of the server cut off is found and resumed, and its events go on", async () => {
  const first = await start();
  const id = await first.begin("one", "two");
  await (await clis.next({ prompt: "one" })).answer("first");
  await clis.next({ prompt: "two" });
  const reader = (await first.ask(`/api/v1/runs/${id}/events`)).body?.getReader();
  let seen = "";
  while (!seen.includes("event: task_finished")) seen += Buffer.from((await reader?.read())?.value ?? []).toString();
  const last = parseFrames(seen).at(-1)?.seq ?? 0;
  first.started.child.kill("SIGKILL");
  await first.started.done;

  const second = await start();
  const before = await detail(second, id);
  expect([before.status, before.tasks.map((task) => task.state)]).toEqual(["interrupted", ["OK", "interrupted"]]);
  const resumed = await second.ask(`/api/v1/runs/${id}/resume`, { method: "POST" });
  expect(resumed.status).toBe(202);
  const events = await second.ask(`/api/v1/runs/${id}/events`, { headers: { "Last-Event-ID": String(last) } });
  await (await clis.next({ prompt: "two" })).answer("second");
  const rest = parseFrames(await events.text());
  expect(rest.map((event) => event.seq)).toEqual(rest.map((_, index) => last + 1 + index));
  expect(rest.map((event) => event.type)).toContain("run_resumed");
  expect(await detail(second, id)).toMatchObject({ status: "finished", counts: { completed: 2 } });
});

describe("SIGTERM", () => {
  it("ends the server as soon as its address is there", async () => {
    const started = workspace.start(["serve", "--port", "0"]);
    await started.printed("listens on");
    started.child.kill("SIGTERM");
    expect(await started.done).toMatchObject({ code: 0, signal: null });
  });

  it("lets runs and their callers come to their end", async () => {
    const server = await start();
    const body = JSON.stringify({ tasks: [{ backend: "claude", prompt: "Hello" }] });
    const answer = server.ask("/api/v1/parallel", { method: "POST", body });
    const invocation = await clis.next();
    server.started.child.kill("SIGTERM");
    await server.started.printed("runs may end");
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    await invocation.answer("Hi");
    expect(await (await answer).json()).toMatchObject({ completed: 1, results: [{ output: "Hi" }] });
    expect((await server.started.done).code).toBe(0);
  });

  it("ends what takes too long, and the journal says why", async () => {
    workspace.file("served/config.yaml", "server:\n  shutdown_grace_secs: 0.1\n");
    const server = await start(["--config", "config.yaml"]);
    const id = await server.begin("Hello");
    await clis.next();
    server.started.child.kill("SIGTERM");
    expect((await server.started.done).code).toBe(143);
    const journal = readFileSync(join(workspace.home, ".clinvk/runs", id, "events.ndjson"), "utf8");
    expect(journal).toContain('"interrupted_by":"SIGTERM"');
  });

  it("twice kills at once", async () => {
    const server = await start();
    await server.begin("Hello");
    const invocation = await clis.next();
    await invocation.ignoreTerm();
    server.started.child.kill("SIGTERM");
    await server.started.printed("runs may end");
    server.started.child.kill("SIGTERM");
    expect((await server.started.done).code).toBe(143);
    expect(existsSync(`/proc/${invocation.pid}`)).toBe(false);
  });
});
