// The built server and the built client: chain, compare, prompt and sessions with CLIs that the test drives.
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Client } from "../../src/client/client.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { type Served, serve } from "../rig/serve.js";

const CLIENT = resolve(import.meta.dirname, "../../dist/client.js");
const KEY = "configured-key";

let clis: FakeClis;
let workspace: Workspace;
let server: Served;
let client: Client;
beforeEach(async () => {
  clis = await FakeClis.start();
  workspace = new Workspace({ bin: [clis.bin] });
  server = await serve(workspace, [], { CLINVK_API_KEYS: KEY });
  const { createClient } = (await import(CLIENT)) as typeof import("../../src/client/client.js");
  client = createClient({ base_url: server.url, api_key: KEY });
});
afterEach(async () => {
  server.started.child.kill("SIGKILL");
  await server.started.done;
  workspace.close();
  await clis.close();
});

it("a chain hands on its answers", async () => {
  const steps = [
    { name: "analyze", backend: "claude", prompt: "Analyze" },
    { name: "fix", backend: "codex", prompt: "Fix: {{previous}}" },
  ];
  const waiting = client.chain({ steps });
  await (await clis.next({ name: "claude" })).answer("@etc/passwd is wrong");
  const second = await clis.next({ name: "codex" });
  expect(second.stdin).toContain("etc/passwd is wrong");
  await second.answer("fixed");
  expect(await waiting).toMatchObject({ completed_steps: 2, results: [{ step: 1 }, { step: 2, output: "fixed" }] });
});

it("a comparison asks all at once, in the server's directory, without the server's keys", async () => {
  const waiting = client.compare({ prompt: "Which one?", all_backends: true });
  const asked = await Promise.all((["claude", "codex", "gemini"] as const).map((name) => clis.next({ name })));
  for (const cli of asked) {
    expect([cli.cwd, JSON.stringify(cli.env).includes(KEY)]).toEqual([workspace.served, false]);
    await cli.answer(`mine, says ${cli.name}`);
  }
  const { results } = await waiting;
  expect(results.map(({ backend, output }) => [backend, output])).toEqual(
    ["claude", "codex", "gemini"].map((name) => [name, `mine, says ${name}`]),
  );
});

it("a session goes on as soon as its run is over, over HTTP and on the command line", async () => {
  const first = client.prompt({ prompt: "one", backend: "codex" });
  await (await clis.next()).answer("1");
  const { session: session_id = "" } = await first;

  const { run_id } = await client.prompt({ prompt: "two", session_id }, { wait: false });
  const second = await clis.next();
  expect(second.argv.join(" ")).toContain("resume");
  expect(second.argv).toContain("t-1");
  await expect(client.prompt({ prompt: "too early", session_id })).rejects.toMatchObject({ status: 409 });
  for await (const event of client.runs.events(run_id)) if (event.type === "task_started") await second.answer("2");
  expect(await client.sessions.get(session_id)).toMatchObject({ turns: 2, status: "active" });

  const third = workspace.run(["resume", session_id, "three"]);
  await (await clis.next()).answer("3");
  expect((await third).stdout).toBe("3\n");
  expect(await client.sessions.list({ backend: "codex" })).toMatchObject({ total: 1, sessions: [{ turns: 3 }] });
  expect(await client.sessions.remove(session_id)).toEqual({ deleted: true });
  await expect(client.sessions.get(session_id)).rejects.toMatchObject({ code: "not_found" });
});

it("a session that a crash of the server interrupted is free again", async () => {
  const first = client.prompt({ prompt: "one" });
  await (await clis.next()).answer("1");
  const { session: session_id = "" } = await first;
  await client.prompt({ prompt: "two", session_id }, { wait: false });
  await clis.next();
  server.started.child.kill("SIGKILL");
  await server.started.done;
  const resumed = workspace.run(["resume", session_id, "again"]);
  await (await clis.next({ prompt: "again" })).answer("2");
  expect((await resumed).stdout).toBe("2\n");
});

it("a caller that hangs up stops its chain, if it wants that", async () => {
  const connection = new AbortController();
  const body = JSON.stringify({ steps: [{ backend: "claude", prompt: "x" }] });
  const options = { method: "POST", body, signal: connection.signal };
  const asked = server.ask("/api/v1/chain?cancel_on_disconnect=true", options).catch(() => {});
  await clis.next();
  const [run] = (await client.runs.list()).runs;
  connection.abort();
  await asked;
  for await (const _ of client.runs.events(run?.run_id ?? "")) {
    // Its end is what counts.
  }
  expect((await client.runs.list()).runs).toMatchObject([{ kind: "chain", status: "interrupted" }]);
});

it("dry_run starts nothing, whatever is asked for", async () => {
  const steps = [{ backend: "claude", prompt: "x" }];
  const documents = [
    await client.chain({ steps, dry_run: true }),
    await client.compare({ prompt: "x", all_backends: true, dry_run: true }),
    await client.prompt({ prompt: "x", dry_run: true }),
  ];
  for (const { results } of documents)
    for (const { exit_code, command } of results) expect([exit_code, command]).toEqual([0, expect.any(String)]);
  expect(clis.waiting).toEqual([]);
});
