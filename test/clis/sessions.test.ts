// Sessions of the real CLIs: the second prompt really goes on with the conversation of the first.
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import type { Session } from "../../src/schema/session.js";
import type { Finished, Workspace } from "../rig/clinvk.js";
import { filesWith, ownService, processesWith, realClis } from "../rig/real-clis.js";

/** A text that is nowhere by accident. */
const word = (what: string) => `${what}-${randomUUID()}`;

let space: Workspace;
beforeEach(() => {
  space = realClis();
  return () => space.close();
});

function parsed({ stdout, stderr, code }: Finished): RunResult & { session: string } {
  if (!stdout.startsWith("{")) throw new Error(`no result (exit ${code}): ${stderr}`);
  return JSON.parse(stdout);
}

async function sessionsOf(): Promise<Session[]> {
  return JSON.parse((await space.run(["sessions", "list", "--json"])).stdout).sessions;
}

describe("with the user's own settings", () => {
  let server: OfflineServer;
  beforeAll(async () => {
    const usage = { input_tokens: 100, output_tokens: 10 };
    server = await startOfflineServer({
      record_bodies: true,
      script: { rules: [{ match: { turn: 0 }, reply: { text: ANSWER, usage } }, { reply: { echo: true, usage } }] },
    });
  });
  afterAll(() => server?.close());
  const ANSWER = word("answer");

  /** The bodies of the requests that hold this text. */
  const asked = (text: string) =>
    server.requests.map(({ body }) => JSON.stringify(body ?? null)).filter((body) => body.includes(text));

  it.each(BACKEND_NAMES)(
    "%s: the second request holds the first prompt and its answer, and each turn counts its own tokens",
    async (backend) => {
      const env = ownService(space, server.url, "a-key");
      const [first, second] = [word("first"), word("second")];
      const ask = async (...args: string[]) => parsed(await space.run([...args, "-o", "json"], { env }));
      const begun = await ask("prompt", "-b", backend, "-m", `model-of-${backend}`, first);
      expect(begun.results[0]).toMatchObject({ status: "OK", content: ANSWER, usage: { input_tokens: 100 } });
      const goneOn = await ask("resume", begun.session.slice(-6), second);
      expect(goneOn.session).toBe(begun.session);
      expect(goneOn.results[0]).toMatchObject({ status: "OK", content: second });
      expect(goneOn.results[0]?.usage).toMatchObject({ input_tokens: 100, output_tokens: 10 });
      const bodies = asked(second);
      expect(bodies.length).toBeGreaterThan(0);
      // Bodies have a hundred thousand characters: nobody wants to read one in a failed test.
      for (const body of bodies) expect([first, ANSWER].filter((text) => !body.includes(text))).toEqual([]);
      expect(await sessionsOf()).toMatchObject([
        { id: begun.session, backend, turns: 2, status: "active", usage: { input_tokens: 200, output_tokens: 20 } },
      ]);
      expect(processesWith(space.dir)).toEqual([]);
    },
    120_000,
  );

  it.each(BACKEND_NAMES)(
    "%s: two processes at once go on with a session each, and mix up nothing",
    async (backend) => {
      const env = ownService(space, server.url, "a-key");
      const both = ["left", "right"].map((side) => ({ first: word(side), second: word(`${side}-again`) }));
      const flags = ["-m", `model-of-${backend}`, "-o", "json"];
      const begun = await Promise.all(
        both.map(({ first }) => space.run(["prompt", "-b", backend, first, ...flags], { env }).then(parsed)),
      );
      expect(new Set(begun.map(({ session }) => session)).size).toBe(2);
      const goneOn = await Promise.all(
        both.map(({ second }, i) =>
          space.run(["resume", begun[i]?.session ?? "", second, ...flags], { env }).then(parsed),
        ),
      );
      for (const [i, { first, second }] of both.entries()) {
        expect(goneOn[i]?.results[0]).toMatchObject({ status: "OK", content: second });
        const other = both[1 - i]?.first ?? "";
        for (const body of asked(second)) expect([body.includes(first), body.includes(other)]).toEqual([true, false]);
      }
      expect((await sessionsOf()).map(({ turns }) => turns)).toEqual([2, 2]);
    },
    120_000,
  );

  it.each(BACKEND_NAMES)(
    "%s: an ephemeral prompt leaves nothing of itself anywhere",
    async (backend) => {
      const env = ownService(space, server.url, "a-key");
      const first = word("ephemeral");
      const args = ["prompt", "--ephemeral", "-b", backend, "-m", `model-of-${backend}`, first];
      expect(await space.run(args, { env })).toMatchObject({ code: 0, stdout: `${ANSWER}\n` });
      for (const text of [first, ANSWER]) expect(filesWith(space.home, text)).toEqual([]);
      expect(readdirSync(join(space.home, ".clinvk")).sort()).toEqual(["clis", "tmp"]);
      expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
    },
    60_000,
  );

  it("the conversation is where the CLI itself finds it: claude's and codex's in the user's home, gemini's in ours", async () => {
    const env = ownService(space, server.url, "a-key");
    for (const backend of BACKEND_NAMES) {
      const first = word("kept");
      const { session } = parsed(
        await space.run(["prompt", "-b", backend, "-m", "some-model", "-o", "json", first], { env }),
      );
      const places = filesWith(space.home, first).filter((path) => !path.includes("/.clinvk/runs/"));
      const ours = join(space.home, ".clinvk", "sessions", session);
      const theirs = backend === "gemini" ? join(ours, "home") : join(space.home, `.${backend}`);
      expect([backend, places.some((path) => path.startsWith(theirs))]).toEqual([backend, true]);
      await space.run(["sessions", "delete", session]);
      const kept = filesWith(space.home, first).filter((path) => path.startsWith(theirs));
      expect([backend, kept.length > 0]).toEqual([backend, backend !== "gemini"]);
    }
  }, 120_000);
});

describe("with the offline model", () => {
  const ask = (rules: unknown[], ...args: string[]) =>
    space.run([...args, "--offline-script", space.file("rules.json", { rules })]);

  it.each(BACKEND_NAMES)(
    "%s goes on offline, and only offline",
    async (backend) => {
      const rules = [0, 1, 2].map((turn) => ({ match: { turn }, reply: { text: `turn ${turn}` } }));
      expect(await ask(rules, "prompt", "-b", backend, "one two")).toMatchObject({ code: 0, stdout: "turn 0\n" });
      expect(await ask(rules, "prompt", "-c", "-b", backend, "three")).toMatchObject({ code: 0, stdout: "turn 1\n" });
      // It goes on offline without being told to.
      const { code, stdout } = await space.run(["resume", "--here", "four"]);
      expect([code, stdout]).toEqual([0, expect.stringContaining("[offline model]")]);
      expect(await sessionsOf()).toMatchObject([{ backend, turns: 3, offline: true }]);
      const online = await space.run(["prompt", "-c", "-b", backend, "five"]);
      expect([online.code, online.stderr]).toEqual([2, expect.stringContaining("there is no session")]);
    },
    120_000,
  );

  it.each(["claude", "codex"])(
    "%s goes on after a first prompt that was not answered",
    async (backend) => {
      const rules = [
        { match: { turn: 0 }, reply: { error: { status: 500, message: "broken" } } },
        { match: { turn: 1 }, reply: { text: "recovered" } },
      ];
      const task = space.file("home/.clinvk/config.yaml", "retry: {retries: 0}");
      expect(await ask(rules, "prompt", "--config", task, "-b", backend, "one two")).toMatchObject({ code: 1 });
      expect(await sessionsOf()).toMatchObject([{ status: "failed", turns: 0 }]);
      expect(await ask(rules, "resume", "go on please")).toMatchObject({ code: 0, stdout: "recovered\n" });
      expect(await sessionsOf()).toMatchObject([{ status: "active", turns: 1 }]);
    },
    60_000,
  );

  it("gemini can't, so nothing is kept of it", async () => {
    const rules = [{ reply: { error: { status: 500, message: "broken" } } }];
    const config = space.file("home/.clinvk/config.yaml", "retry: {retries: 0}");
    expect(await ask(rules, "prompt", "--config", config, "-b", "gemini", "one two")).toMatchObject({ code: 1 });
    expect(await sessionsOf()).toEqual([]);
    expect(readdirSync(join(space.home, ".clinvk", "sessions"))).toEqual([".pruned"]);
  }, 60_000);
});
