// Ends of a task that are no fault, or that a fault could be taken for, on the real CLIs: quotas that come back, answers that
// quote errors, and tools that leave programs behind. What a service can do wrong is in faults.test.ts.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import { sameTask, settings } from "../rig/by-hand.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, type Rules, realClis, runOffline, TOOLS } from "../rig/real-clis.js";

type Reply = Rules[number]["reply"];

let space: Workspace;
beforeEach(() => {
  space = realClis();
});
afterEach(() => space.close());

/** One task of each CLI with this reply. */
async function ask(replyOf: (cli: (typeof BACKEND_NAMES)[number]) => Reply) {
  const workdir = join(space.dir, "work");
  mkdirSync(workdir);
  return runOffline(space, {
    tasks: BACKEND_NAMES.map((backend) => {
      return { ...sameTask(backend, true), id: backend, backend, prompt: "go", workdir };
    }),
    rules: BACKEND_NAMES.map((backend) => ({ match: { backend }, reply: replyOf(backend) })),
  });
}

describe("a service of the user's own that wants to be asked much later", () => {
  let server: OfflineServer;
  beforeEach(async () => {
    const error = { status: 429, message: "slow down", retry_after_seconds: 5400 };
    server = await startOfflineServer({ script: { rules: [{ reply: { error } }] } });
  });
  afterEach(() => server.close());

  it("is a quota: the tasks wait for it, and nobody asks again until then", async () => {
    const tasks = BACKEND_NAMES.map((backend) => {
      return { ...sameTask(backend, false), id: backend, backend, prompt: "go", workdir: space.served };
    });
    const args = ["parallel", "-f", space.file("tasks.json", { tasks }), "--json"];
    const { code, stdout } = await space.run(args, { env: settings(space, server.url) });
    const { results } = JSON.parse(stdout) as RunResult;
    for (const { backend, status, failure, attempts } of results) {
      // Claude Code tells of so long a wait only when it is asked for it.
      expect([backend, status, attempts]).toEqual([backend, "WAITING", backend === "claude" ? 2 : 1]);
      const minutes = (Date.parse(failure?.resets_at ?? "") - Date.now()) / 60_000;
      expect(minutes).toBeGreaterThan(80);
      expect(minutes).toBeLessThan(92);
    }
    expect(server.model_calls).toBe(4);
    expect(code).toBe(75);
  });
});

describe("the offline model that wants to be asked much later", () => {
  it("is heard as a service of the user's own is", async () => {
    const run = await ask(() => ({ error: { status: 429, message: "slow down", retry_after_seconds: 5400 } }));
    // Claude Code tells of so long a wait only in a second attempt.
    for (const cli of ["codex", "gemini"] as const)
      expect(run.of(cli)).toMatchObject({ status: "WAITING", attempts: 1, failure: { retry_after_seconds: 5400 } });
  });
});

describe("an answer", () => {
  it("is no failure because it quotes errors", async () => {
    const text =
      "HTTP 429 Too Many Requests. 401 Unauthorized: invalid API key. You've hit your usage limit · resets 3pm. " +
      "Overloaded (529). fetch failed: ECONNREFUSED. prompt is too long. stream disconnected before completion.";
    const run = await ask(() => ({ text }));
    for (const cli of BACKEND_NAMES) expect(run.of(cli)).toMatchObject({ status: "OK", content: text, attempts: 1 });
  });

  it("leaves no program behind that a tool of its task had started", async () => {
    const left = `sh -c '(setsid sleep 987 >/dev/null 2>&1 &) ; echo started'`;
    const run = await ask((cli) => ({ tools: [TOOLS[cli].shell(left)], text: "done" }));
    for (const cli of BACKEND_NAMES) expect(run.of(cli)).toMatchObject({ status: "OK", content: "done" });
    expect(processesWith(space.dir)).toEqual([]);
  });
});
