// What all commands have in common, and the promises about them that no other test shows.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/command-list.js";
import { BUILT_IN } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import type { Session } from "../../src/schema/session.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";
import { usedUp } from "../rig/used-up.js";

const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};
const PROMPT = "a prompt for nobody else's eyes";

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

/** The ways to ask a model, each with the number of CLIs that it starts. */
const ASKING: [string, () => Promise<string[]>, number][] = [
  [
    "parallel",
    async () => {
      const tasks = [task("claude"), task("codex"), task("gemini")];
      return ["parallel", "-f", space.file("tasks.json", { tasks })];
    },
    3,
  ],
  [
    "chain",
    async () => {
      const steps = [
        task("claude"),
        task("codex", `${PROMPT}: {{previous}}`),
        task("gemini", `${PROMPT}: {{previous}}`),
      ];
      return ["chain", "-f", space.file("chain.json", { steps })];
    },
    3,
  ],
  ["compare", async () => ["compare", "--all-backends", PROMPT], 3],
  ["prompt", async () => ["prompt", "--ephemeral", PROMPT], 1],
];

function task(backend: string, prompt = PROMPT) {
  return { backend, prompt };
}

/** Runs a command to its end; `act` does what each CLI does. */
async function run(args: string[], count: number, act: (cli: FakeInvocation) => Promise<void>) {
  const started = space.start(args);
  const seen: FakeInvocation[] = [];
  for (let index = 0; index < count; index += 1) {
    const cli = await clis.next();
    seen.push(cli);
    await act(cli);
  }
  return { ...(await started.done), seen };
}

const answer = (cli: FakeInvocation) => cli.answer("an answer for nobody else's eyes");

/** A conversation that can go on. */
async function session(): Promise<string> {
  const { stdout } = await run(["prompt", "-o", "json", "hello there"], 1, answer);
  return (JSON.parse(stdout) as RunResult).session ?? "";
}

describe("help", () => {
  it.each(Object.keys(COMMANDS))("of %s is on stdout, with examples", async (name) => {
    const { code, stdout, stderr } = await space.run([name, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: clinvk ${name}`);
    expect(stdout).toMatch(new RegExp(`^Examples?:\\n(?: {2}.*\\n)*? {2}.*clinvk ${name}`, "m"));
  });

  it("lists every command, and has the help of each", async () => {
    const { stdout } = await space.run(["--help"]);
    for (const name of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect((await space.run(["help", "chain"])).stdout).toBe((await space.run(["chain", "--help"])).stdout);
  });
});

describe.each(ASKING)("%s", (command, argsOf, count) => {
  it("shows neither prompts nor answers in the arguments of a process", async () => {
    const { code, seen } = await run(await argsOf(), count, answer);
    expect(code).toBe(0);
    for (const { argv, stdin } of seen) {
      expect(stdin).toContain(PROMPT);
      expect(argv.join(" ")).not.toContain("nobody else's");
    }
  });

  it("leaves no session, neither here nor in the CLI's own store", async () => {
    const { seen } = await run(await argsOf(), count, answer);
    const flags = { claude: "--no-session-persistence", codex: "--ephemeral" };
    for (const { name, argv, env } of seen) {
      if (name === "claude" || name === "codex") expect(argv).toContain(flags[name]);
      else expect(existsSync(env.GEMINI_CLI_HOME ?? space.home)).toBe(false);
    }
    expect(JSON.parse((await space.run(["sessions", "list", "--json"])).stdout)).toMatchObject({ sessions: [] });
  });

  it("ends with 75 if a quota is used up", async () => {
    const { code, stderr } = await run(await argsOf(), command === "chain" ? 1 : count, (cli) =>
      cli.name === "claude" ? usedUp(cli) : answer(cli),
    );
    expect(code, stderr).toBe(75);
  });

  it("ends with 130 after Ctrl-C", async () => {
    const started = space.start(await argsOf());
    await clis.next();
    started.child.kill("SIGINT");
    expect((await started.done).code).toBe(130);
  });

  it("starts nothing and ends with 2 if the configuration is wrong", async () => {
    space.file("home/.clinvk/config.yaml", "paralel: { max_workers: 2 }");
    const { code, stdout, stderr } = await space.run(await argsOf());
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("did you mean `parallel`?");
    expect(clis.waiting).toEqual([]);
  });
});

it("resume: the same", async () => {
  const id = await session();
  const { seen } = await run(["resume", id, PROMPT], 1, answer);
  expect(seen[0]?.stdin).toBe(PROMPT);
  expect(seen[0]?.argv.join(" ")).not.toContain("nobody else's");
  expect((await run(["resume", id, PROMPT], 1, (cli) => usedUp(cli))).code).toBe(75);
  const started = space.start(["resume", id, PROMPT]);
  await clis.next();
  started.child.kill("SIGINT");
  expect((await started.done).code).toBe(130);
});

describe("documents", () => {
  const RESULT = ["backend", "exit_code", "content", "output", "duration_seconds", "start_time", "end_time", "model"];

  it("of chain", async () => {
    const steps = [task("claude"), task("codex")];
    const { stdout } = await run(["chain", "-f", space.file("chain.json", { steps }), "--json"], 2, answer);
    const document = JSON.parse(stdout) as { results: object[] };
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining([
        ...["total_steps", "completed_steps", "failed_step", "results"],
        ...["total_duration_seconds", "start_time", "end_time"],
      ]),
    );
    expect(document.results).toMatchObject([
      { step: 1, name: "Step 1" },
      { step: 2, name: "Step 2" },
    ]);
    for (const result of document.results) expect(Object.keys(result)).toEqual(expect.arrayContaining(RESULT));
  });

  it("of compare", async () => {
    const { stdout } = await run(["compare", "--backends", "codex,claude", "--json", PROMPT], 2, answer);
    const document = JSON.parse(stdout) as { results: object[] };
    expect(document).toMatchObject({ prompt: PROMPT, backends: ["codex", "claude"] });
    expect(document).toHaveProperty("total_duration_seconds");
    for (const result of document.results) expect(Object.keys(result)).toEqual(expect.arrayContaining(RESULT));
  });
});

describe("version", () => {
  it.each([["version"], ["--version"], ["-V"]])("%s", async (flag) => {
    const { code, stdout } = await space.run([flag]);
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      `clinvk ${version}`,
      `node ${process.version}`,
      ...Object.entries(BUILT_IN).map(([name, tested]) => `tested with ${name} ${tested.tested_version}`),
      "",
    ]);
  });

  it("--json has the same, and takes no other flag", async () => {
    const { stdout } = await space.run(["version", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      version,
      node: process.version,
      tested: { codex: BUILT_IN.codex.tested_version },
    });
    expect((await space.run(["version", "--jsn"])).code).toBe(2);
  });
});

it("sessions: every subcommand has --json; records are private and remember what they should", async () => {
  const id = await session();
  const shown = JSON.parse((await space.run(["sessions", "show", id, "--json"])).stdout) as Session;
  expect(shown).toMatchObject({
    id,
    backend: "claude",
    backend_session_id: "s-1",
    workdir: space.dir,
    model: "claude-fake",
    title: "hello there",
    turns: 1,
    status: "active",
    usage: { input_tokens: 3, output_tokens: 5 },
  });
  const record = join(space.home, ".clinvk/sessions", id, "session.json");
  expect(statSync(record).mode & 0o777).toBe(0o600);
  for (const args of [
    ["clean", "--older-than", "30d"],
    ["delete", id],
  ]) {
    const { code, stdout } = await space.run(["sessions", ...args, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  }
});

it("config takes every key, all of them optional", async () => {
  const server = { host: "127.0.0.1", port: 0, api_keys_file: "keys", allowed_workdir_prefixes: ["/srv"] };
  const config = {
    default_backend: "codex",
    unified_flags: {
      approval_mode: "auto",
      sandbox_mode: "read-only",
      verbose: true,
      dry_run: true,
      max_turns: 1,
      max_tokens: 2,
      command_timeout_secs: 3,
    },
    backends: {
      claude: {
        enabled: true,
        model: "best",
        allowed_tools: ["Read"],
        approval_mode: "none",
        sandbox_mode: "full",
        system_prompt: "x",
        max_turns: 4,
        extra_flags: ["--x"],
        max_parallel: 5,
        // Shown masked, as each of them may be a key.
        env: { A: "***" },
        models: { fast: "a", balanced: "b", best: "c" },
        prices: { a: { input: 1, output: 2, cached: 3 } },
      },
      mine: { command: ["cat"] },
    },
    parallel: { max_workers: 6, fail_fast: true, aggregate_output: false },
    session: { auto_resume: true, retention_days: 7, store_token_usage: false, default_tags: ["a"] },
    runs: { retention_days: 8, journal: false },
    retry: { retries: 9, patience_seconds: 90, retry_on: ["network"], on_quota: "wait" },
    redact: { patterns: ["sk-live-*"] },
    output: { format: "json", show_tokens: true, show_timing: true, color: false },
    server,
  };
  const shown = await space.run(["config", "show", "--json", "--config", space.file("all.json", config)]);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(shown.stdout)).toMatchObject(config);
  expect((await space.run(["config", "show", "--config", space.file("none.yaml", "")])).code).toBe(0);
});
