// chain and sessions over HTTP with the real CLIs on the offline model.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, createClient } from "../../src/client/client.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { Workspace } from "../rig/clinvk.js";
import { realClis } from "../rig/real-clis.js";
import { type Served, serve } from "../rig/serve.js";

const FIRST = `first-${randomUUID()}`;
const KEY = "configured-key";

let workspace: Workspace;
let server: Served;
let client: Client;
beforeAll(async () => {
  workspace = realClis();
  const rules = [
    { match: { prompt: "Analyze" }, reply: { text: "the bug is in line 7" } },
    // Only a conversation that holds its first prompt has a second turn.
    { match: { turn: 1 }, reply: { text: "I remember" } },
    { reply: { echo: true } },
  ];
  const script = workspace.file("rules.json", { rules });
  server = await serve(workspace, ["--offline-script", script], { CLINVK_API_KEYS: KEY });
  client = createClient({ base_url: server.url, api_key: KEY });
});
afterAll(async () => {
  server.started.child.kill("SIGKILL");
  await server.started.done;
  workspace.close();
});

it("a chain goes from one CLI to the next", async () => {
  const { results } = await client.chain({
    steps: [
      { name: "analyze", backend: "claude", prompt: "Analyze this" },
      { name: "fix", backend: "codex", prompt: "Fix: {{previous}}" },
      { name: "review", backend: "gemini", prompt: "Review: {{steps.fix.content}}" },
    ],
  });
  expect(results.map(({ status }) => status)).toEqual(["OK", "OK", "OK"]);
  expect(results[2]?.output).toContain("Review: Fix: the bug is in line 7");
});

it.each(BACKEND_NAMES)(
  "%s: a session that goes on knows its first turn",
  async (backend) => {
    const begun = await client.prompt({ prompt: FIRST, backend });
    expect(begun.results[0]).toMatchObject({ status: "OK", content: expect.stringContaining(FIRST) });
    const goneOn = await client.prompt({ prompt: "What did I say?", session_id: begun.session ?? "" });
    expect(goneOn.session).toBe(begun.session);
    expect(goneOn.results[0]).toMatchObject({ status: "OK", content: "I remember" });
    expect(await client.sessions.get(begun.session ?? "")).toMatchObject({ backend, turns: 2, offline: true });
  },
  120_000,
);

it("a comparison asks all that are installed", async () => {
  const { backends, results } = await client.compare({ prompt: "Say hello", all_backends: true });
  expect(backends).toEqual([...BACKEND_NAMES]);
  expect(results.map(({ status }) => status)).toEqual(["OK", "OK", "OK"]);
});
