// The real CLIs with a user's own settings: a model service on this machine stands in for the vendors'.
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { Workspace } from "../rig/clinvk.js";
import { CLOSED, filesWith, ownService, processesWith, type RealRun, readRun, realClis } from "../rig/real-clis.js";

const PROMPT_WORD = `prompt-${randomUUID()}`;
const ANSWER_WORD = `answer-${randomUUID()}`;
const SYSTEM_WORD = `system-${randomUUID()}`;
const APPENDED_WORD = `appended-${randomUUID()}`;

let server: OfflineServer;
let space: Workspace;

async function runTasks(tasks: unknown[], env: Record<string, string>): Promise<RealRun> {
  const events = join(space.dir, "events.ndjson");
  const file = space.file("tasks.json", { tasks, defaults: { retries: 0 } });
  return readRun(
    await space.run(["parallel", "-f", file, "--json", "--no-journal", "--events", events], { env }),
    events,
  );
}

beforeAll(async () => {
  space = realClis();
  server = await startOfflineServer({ record_bodies: true, script: { rules: [{ reply: { text: ANSWER_WORD } }] } });
});
afterAll(async () => {
  await server?.close();
  space?.close();
});

describe("what reaches the model", () => {
  let run: RealRun;
  beforeAll(async () => {
    run = await runTasks(
      BACKEND_NAMES.map((backend) => ({
        backend,
        id: backend,
        prompt: `-${PROMPT_WORD}`,
        model: `model-of-${backend}`,
        max_tokens: 1234,
        system_prompt: SYSTEM_WORD,
        append_system_prompt: APPENDED_WORD,
      })),
      ownService(space, server.url, "a-key"),
    );
  }, 120_000);

  it.each(BACKEND_NAMES)(
    "%s sends prompt, both system prompts and the model's name, with the user's key",
    (backend) => {
      expect(run.of(backend)).toMatchObject({ status: "OK", content: ANSWER_WORD });
      const request = server.requests.find(({ model }) => model === `model-of-${backend}`);
      expect(request?.key).toBe("a-key");
      const body = JSON.stringify(request?.body);
      // Bodies have a hundred thousand characters: nobody wants to read one in a failed test.
      expect([PROMPT_WORD, SYSTEM_WORD, APPENDED_WORD].filter((word) => !body.includes(word))).toEqual([]);
      const limited = /"(?:max_tokens|maxOutputTokens)":1234\b/.test(body);
      expect(limited).toBe(backend !== "codex");
    },
  );

  it("codex can't honour max_tokens, and the run says so once", () => {
    expect(run.finished.stderr.match(/^warning: .*max_tokens.*$/gm)).toEqual([expect.stringContaining("codex")]);
  });

  it("no conversation is left in the user's own homes of the CLIs", () => {
    for (const word of [PROMPT_WORD, ANSWER_WORD, SYSTEM_WORD, APPENDED_WORD]) {
      expect(filesWith(space.home, word)).toEqual([]);
    }
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
    expect(readdirSync(space.home)).not.toContain(".gemini");
    expect(processesWith(space.dir)).toEqual([]);
  });
});

describe("what goes wrong before a model is asked", () => {
  const tasks = BACKEND_NAMES.map((backend) => ({ backend, id: backend, prompt: "anyone there?" }));

  it("a refused connection is a network failure of each", async () => {
    const run = await runTasks(tasks, ownService(space, CLOSED, "a-key"));
    for (const one of run.result.results) {
      expect([one.backend, one.failure?.kind]).toEqual([one.backend, "network"]);
      expect(one.failure?.message).toMatch(/^The connection to the model service failed: (?!exception)/);
    }
  });

  it("a missing key is named, with what to do about it", async () => {
    const before = server.request_count;
    const run = await runTasks(tasks, ownService(space, server.url, undefined));
    for (const one of run.result.results) {
      expect([one.backend, one.failure?.kind]).toEqual([one.backend, "not_authenticated"]);
      expect(one.failure?.hint).toMatch(/log ?in|key/i);
    }
    // claude looks whether the service is there; nobody asks a model.
    expect(server.requests.slice(before).filter(({ method }) => method === "POST")).toEqual([]);
  });
});
