// The real CLIs on the offline model: no account, no internet, no way to be led elsewhere, and every fault on demand.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OfflineScript } from "../../src/offline/script.js";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import { makeHostile, PLANTED_WORD, startWatcher } from "./hostile.js";
import { CLI_NAMES, type CliName, type CliOptions, type CliRun, deep, runCli, temporary } from "./offline-cli.js";

const tool = { claude: "Bash", codex: "exec_command", gemini: "run_shell_command" };
const toolInput = { claude: { command: "echo ran" }, codex: { cmd: "echo ran" }, gemini: { command: "echo ran" } };
/** What lets that tool run without a question, also as root. */
const toolArgs = { claude: ["--allowedTools", "Bash(echo *)"], codex: [], gemini: ["--approval-mode", "yolo"] };

const rules: OfflineScript["rules"] = [
  {
    match: { prompt: PLANTED_WORD },
    reply: { error: { status: 400, message: "matched what the user did not write" } },
  },
  { match: { prompt: "^case text" }, reply: { chunks: ["one ", "two ", "three"], chunk_delay_ms: 5 } },
  ...CLI_NAMES.map((backend) => ({
    match: { prompt: "^case tool", backend },
    times: 1,
    reply: { tools: [{ name: tool[backend], input: toolInput[backend] }], text: "all done" },
  })),
  { match: { prompt: "^case 401" }, reply: { error: { status: 401, message: "no such key" } } },
  { match: { prompt: "^case 429" }, reply: { error: { status: 429, message: "slow down", retry_after_seconds: 30 } } },
  { match: { prompt: "^case 500" }, reply: { error: { status: 500, message: "it broke" } } },
  { match: { prompt: "^case cut" }, reply: { chunks: ["one ", "two"], cut: 1 } },
  { match: { prompt: "^case hang" }, reply: { chunks: ["one ", "two"], hang: "mid_stream" } },
  { match: { prompt: "^case malformed" }, reply: { malformed: true } },
  { match: { prompt: "^case refusal" }, reply: { refusal: true } },
  { match: { prompt: "^case max_tokens" }, reply: { text: "partial", max_tokens: true } },
];
const CASES = ["hostile", "text", "tool", "401", "429", "500", "cut", "hang", "malformed", "refusal", "max_tokens"];

const folder = temporary();
const canary = join(folder.path, "canary");
const runs = new Map<string, CliRun>();
let server: OfflineServer;
let watcher: Awaited<ReturnType<typeof startWatcher>>;

/** Each case has a home and a workdir of its own; its key says to the server which case it is. */
async function runCase(cli: CliName, name: string, more: Partial<CliOptions> = {}): Promise<CliRun> {
  const home = join(folder.path, `${cli}-${name}-home`);
  const workdir = join(folder.path, `${cli}-${name}`);
  for (const path of [home, workdir]) mkdirSync(path);
  const prompt = `case ${name}, please`;
  return runCli(cli, { url: server.url, key: `${cli}-${name}`, prompt, home, workdir, proxy: watcher.url, ...more });
}

async function runCases(cli: CliName): Promise<void> {
  for (const name of CASES) {
    const more: Partial<CliOptions> = {};
    if (name === "tool") more.args = toolArgs[cli];
    // codex shows no text before the answer is complete.
    if (name === "hang") more.stopWhen = (stdout) => stdout.includes(cli === "codex" ? "turn.started" : "one ");
    if (name === "hostile") {
      const workdir = join(folder.path, `${cli}-project`);
      makeHostile(workdir, watcher.url, canary);
      more.workdir = workdir;
      more.prompt = `case hostile, please read @${join(workdir, "notes.txt")} and @notes.txt`;
    }
    runs.set(`${cli} ${name}`, await runCase(cli, name, more));
  }
}

function runOf(cli: CliName, name: string): CliRun {
  const run = runs.get(`${cli} ${name}`);
  if (!run) throw new Error(`${cli} ${name} was not run`);
  return run;
}

const requestsOf = (cli: CliName, name: string) => server.requests.filter(({ key }) => key === `${cli}-${name}`);

beforeAll(async () => {
  watcher = await startWatcher();
  server = await startOfflineServer({ script: { rules }, record_bodies: true });
  await Promise.all(CLI_NAMES.map(runCases));
}, 240_000);

afterAll(async () => {
  await server?.close();
  await watcher?.close();
  folder.remove();
});

describe.each(CLI_NAMES)("%s on the offline model", (cli) => {
  it("answers an unscripted prompt as what it is, whatever the project's files say", () => {
    const run = runOf(cli, "hostile");
    expect(run.stdout).toContain("[offline model] No AI model was asked.");
    expect(run.exit_code).toBe(0);
    const requests = requestsOf(cli, "hostile");
    expect(requests).toHaveLength(1);
    // The planted word was there for the model to see, but only what the user wrote is matched.
    expect(JSON.stringify(requests[0]?.body)).toContain(PLANTED_WORD);
    expect(requests[0]?.rule).toBeNull();
  });

  it("shows an answer that was streamed in pieces", () => {
    const run = runOf(cli, "text");
    expect(run.text).toBe("one two three");
    expect(run.exit_code).toBe(0);
    expect(requestsOf(cli, "text")[0]).toMatchObject({ rule: 1, prompt_length: "case text, please".length });
  });

  it("carries out a tool call and sends its output back", () => {
    const run = runOf(cli, "tool");
    expect(run.text).toBe("all done");
    expect(run.exit_code).toBe(0);
    const [first, second, ...more] = requestsOf(cli, "tool");
    expect(more).toEqual([]);
    expect(second?.rule).toBe(first?.rule);
    const body = second?.body as Record<string, unknown>;
    const sent = [body.messages, body.input, body.contents].find(Array.isArray) ?? [];
    expect(JSON.stringify(sent.at(-1))).toMatch(/(\\n|"| )ran/);
  });

  it("was asked once per fault: its own retries are off", () => {
    for (const name of ["401", "429", "500", "cut", "malformed", "refusal"]) {
      expect([name, requestsOf(cli, name).length]).toEqual([name, 1]);
    }
  });

  it("goes on waiting when the model falls silent, until it is stopped", () => {
    expect(runOf(cli, "hang").exit_code).toBeNull();
    expect(runOf(cli, "hang").text).toBe(cli === "codex" ? "" : "one ");
  });
});

describe("claude tells of each fault", () => {
  const result = (name: string) => runOf("claude", name).events.find(({ type }) => type === "result");

  it.each([
    ["401", { api_error_status: 401, result: "Failed to authenticate. API Error: 401 no such key" }],
    ["429", { api_error_status: 429, result: "API Error: Request rejected (429) · slow down" }],
    ["500", { api_error_status: 500, result: expect.stringContaining("API Error: 500 it broke") }],
    ["cut", { api_error_status: null, result: expect.stringContaining("Connection to the API was lost") }],
    ["malformed", { api_error_status: null, result: expect.stringContaining("JSON Parse error") }],
    ["refusal", { stop_reason: "refusal", result: expect.stringContaining("Usage Policy") }],
    ["max_tokens", { result: expect.stringContaining("output token maximum") }],
  ])("%s", (name, expected) => {
    expect(result(name)).toMatchObject({ is_error: true, ...expected });
    expect(runOf("claude", name).exit_code).toBe(1);
  });
});

describe("codex tells of each fault", () => {
  const message = (name: string) => deep(runOf("codex", name).events.at(-1), "error", "message");

  it.each([
    ["401", /unexpected status 401 Unauthorized: no such key/],
    ["429", /exceeded retry limit, last status: 429/],
    ["500", /experiencing high demand/],
    ["cut", /stream disconnected before completion/],
    ["malformed", /stream closed before response.completed/],
    ["max_tokens", /Incomplete response returned, reason: max_output_tokens/],
  ])("%s", (name, expected) => {
    expect(message(name)).toMatch(expected);
    expect(runOf("codex", name).exit_code).toBe(1);
  });

  it("but not of a refusal, which looks like a success without an answer", () => {
    expect(runOf("codex", "refusal")).toMatchObject({ exit_code: 0, text: "" });
  });
});

describe("gemini tells of each fault", () => {
  it.each([
    ["401", 145, /"code":401,"message":"no such key"/],
    ["429", 173, /API Error: slow down/],
    ["500", 244, /"code":500/],
    ["cut", 1, /API Error: terminated/],
    ["malformed", 1, /Incomplete JSON segment/],
  ])("%s", (name, code, expected) => {
    const run = runOf("gemini", name);
    expect(run.events.at(-1)).toMatchObject({ type: "result", status: "error" });
    expect(deep(run.events.at(-1), "error", "message")).toMatch(expected);
    expect(run.exit_code).toBe(code);
  });

  it("of a refusal with exit code 0, of the token limit not at all", () => {
    const refusal = runOf("gemini", "refusal");
    expect(refusal.exit_code).toBe(0);
    expect(refusal.events.find(({ type }) => type === "error")?.message).toMatch(/blocked due to safety settings/);
    expect(runOf("gemini", "max_tokens")).toMatchObject({ exit_code: 0, text: "partial" });
  });
});

describe("the way out", () => {
  it("was not tried: not by settings of a project, and not by the CLIs themselves", () => {
    expect(watcher.seen).toEqual([]);
    expect(existsSync(canary)).toBe(false);
    expect(server.requests.filter(({ key }) => key === "stolen" || key === null)).toEqual([]);
  });

  it("is a real one: without `--setting-sources=` the same project leads claude away", async () => {
    const workdir = join(folder.path, "claude-project");
    await runCase("claude", "misled", { workdir, without: ["--setting-sources="] });
    expect(requestsOf("claude", "misled")).toEqual([]);
    expect(watcher.seen.length).toBeGreaterThan(0);
    expect(existsSync(canary)).toBe(true);
  });
});
