// `clinvk prompt`, its short form and `clinvk resume`, from the outside.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";
import type { Session } from "../../src/schema/session.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation, goodAnswer } from "../rig/fake-clis.js";
import { noPty, PtyRun } from "../rig/pty.js";

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

/** Runs a command whose CLI answers; returns what both were. */
async function ask(args: string[], answer = "the answer", options: Parameters<Workspace["start"]>[1] = {}) {
  const started = space.start(args, options);
  const cli = await clis.next();
  await cli.answer(answer);
  return { cli, ...(await started.done) };
}

async function sessions(...flags: string[]): Promise<Session[]> {
  const { stdout } = await space.run(["sessions", "list", "--json", ...flags]);
  return (JSON.parse(stdout) as { sessions: Session[] }).sessions;
}

describe("the answer", () => {
  it("is all that is on stdout, byte for byte", async () => {
    const { code, stdout, stderr, cli } = await ask(["prompt", "say something"], "no end of line\n\n  here");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "no end of line\n\n  here\n", stderr: "" });
    expect([cli.name, cli.stdin, cli.cwd]).toEqual(["claude", "say something", space.dir]);
    expect(cli.argv.join(" ")).not.toContain("say something");
  });

  it("as JSON is the document of a run with one result, and names the session", async () => {
    const { stdout } = await ask(["prompt", "-o", "json", "-b", "codex", "hi there"]);
    const [session] = await sessions();
    const result = JSON.parse(stdout) as RunResult;
    expect(result).toMatchObject({ total_tasks: 1, completed_tasks: 1, session: session?.id });
    expect(result.results).toMatchObject([{ backend: "codex", content: "the answer", session_id: "t-1" }]);
  });

  it("as stream-json are the events of the run", async () => {
    const { stdout } = await ask(["prompt", "-o", "stream-json", "hi there"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: "run_started", kind: "prompt", session: (await sessions())[0]?.id });
    expect(events.at(-1)).toMatchObject({ type: "run_finished" });
  });

  it("comes with tokens and time on stderr, if the configuration asks for them", async () => {
    space.file("home/.clinvk/config.yaml", "output: {format: json, show_tokens: true, show_timing: true}");
    const { stdout, stderr } = await ask(["prompt", "hi there"]);
    expect(stderr).toMatch(/^3 tokens in, 5 out; \d+\.\d\ds\n$/);
    expect(JSON.parse(stdout)).toHaveProperty("results");
    expect((await ask(["prompt", "-o", "text", "hi there"])).stdout).toBe("the answer\n");
  });

  it("that fails is explained on stderr, and the exit code says so", async () => {
    const started = space.start(["prompt", "hi there"]);
    const cli = await clis.next();
    await cli.stderr("Error: something odd\n");
    cli.exit(3);
    const { code, stdout, stderr } = await started.done;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^FAILED: .*something odd.*\nHint: /);
    expect(await sessions()).toEqual([]);
  });
});

describe("who is asked, and how", () => {
  it("the flag wins over the environment, that over the configuration", async () => {
    const name = async (args: string[], env: Record<string, string> = {}) =>
      (await ask(["prompt", ...args, "hi there"], "x", { env })).cli.name;
    space.file("home/.clinvk/config.yaml", "default_backend: codex");
    expect(await name([])).toBe("codex");
    expect(await name([], { CLINVK_BACKEND: "gemini" })).toBe("gemini");
    expect(await name(["-b", "claude"], { CLINVK_BACKEND: "gemini" })).toBe("claude");
  });

  it("in the directory and with the model that were asked for", async () => {
    mkdirSync(join(space.dir, "project"));
    const { cli } = await ask(["prompt", "-w", "project", "-m", "fast", "hi there"]);
    expect(cli.cwd).toBe(join(space.dir, "project"));
    expect(cli.argv).toContain("--model=haiku");
  });

  it("with what is piped in as context, or as the prompt", async () => {
    const beside = await ask(["prompt", "explain this"], "x", { stdin: "some code" });
    expect(beside.cli.stdin).toBe("explain this\n\n<stdin>\nsome code\n</stdin>");
    expect((await ask(["prompt", "-"], "x", { stdin: "from stdin\n" })).cli.stdin).toBe("from stdin\n");
    expect((await ask(["prompt"], "x", { stdin: "from stdin\n" })).cli.stdin).toBe("from stdin\n");
    const { cli } = await ask(["prompt", "--no-stdin", "explain this"], "x", { stdin: "open" });
    expect(cli.stdin).toBe("explain this");
  });

  it("a dry run shows the command, starts nothing and keeps nothing", async () => {
    const { code, stdout } = await space.run(["prompt", "--dry-run", "-b", "codex", "hi there"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Would execute: codex exec --json --skip-git-repo-check /);
    expect(await sessions()).toEqual([]);
    expect(readdirSync(space.home)).toEqual([]);
  });

  it.each([
    [["prompt"], 'PROMPT: is missing — as in `clinvk prompt "explain this project"`, or on stdin'],
    [["prompt", ""], "prompt: the prompt is empty"],
    [["prompt", "-b", "claud", "hi there"], "did you mean"],
    [["prompt", "-w", "nowhere", "hi there"], "--workdir: the directory"],
    [["prompt", "-m", "-x", "hi there"], "--model: may not begin with `-`"],
    [["prompt", "--timeout", "soon", "hi there"], "--timeout: expected a number of seconds"],
    [["prompt", "-c", "hi there"], "--continue: there is no session of claude in"],
    [["prompt", "-c", "--ephemeral", "hi there"], "--continue: can't be combined with --ephemeral"],
    [["prompt", "-o", "xml", "hi there"], "--output-format: expected one of text, json, stream-json"],
    [["prompt", "two", "arguments"], "PROMPT: expected one argument, got 2 — put it in quotes"],
  ])("%j is refused before anything starts", async (args, message) => {
    const { code, stdout, stderr } = await space.run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(clis.waiting).toEqual([]);
    expect(await sessions()).toEqual([]);
  });
});

describe("the short form", () => {
  it.each(["explain this", "explain\nthis", " x"])(
    "takes one argument with a space or a line break: %j",
    async (text) => {
      const { code, stdout, cli } = await ask([text]);
      expect([code, stdout, cli.stdin]).toEqual([0, "the answer\n", text]);
    },
  );

  it.each([
    [["-b", "codex", "-m", "some-model", "explain this"]],
    [["explain this", "-b", "codex", "-m", "some-model"]],
  ])("takes the flags of prompt: %j", async (args) => {
    const { code, cli } = await ask(args);
    expect([code, cli.name, cli.stdin]).toEqual([0, "codex", "explain this"]);
  });

  it.each([
    [["promt"], "did you mean `clinvk prompt`?"],
    [["describe"], 'there is no command "describe"'],
    [["describe", "this", "-b", "codex"], "`clinvk prompt 'describe this' -b codex` asks a model"],
    [["--explain this"], "there is no such flag"],
    [["-b", "codex"], "PROMPT: is missing — as in `clinvk -b codex 'explain this project'`"],
    [
      ["-b", "codex", "promt"],
      "promt: there is no such command, and a word alone is not taken for a prompt — did you mean",
    ],
    [["-b", "codex", "describe"], "`clinvk prompt -b codex describe` asks it all the same"],
    [["-b", "opus", "describe"], "`clinvk prompt -b claude -m opus describe` asks it all the same"],
    [["explain this", "--json"], "--json: there is no such flag — did you mean -o json?"],
    [["explain", "this", "project"], "a prompt goes in quotes: `clinvk 'explain this project'`"],
    [["explain", "this", "big", "project"], "a prompt goes in quotes: `clinvk 'explain this big project'`"],
    [["-b", "codex", "chain"], "chain: a command comes before its flags"],
    [["describe this", "and that"], "PROMPT: expected one argument, got 2 — put it in quotes"],
    [[""], "there is no command"],
  ])("nothing else becomes a prompt: %j", async (args, message) => {
    const { code, stdout, stderr } = await space.run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(clis.waiting).toEqual([]);
  });
});

describe("a session", () => {
  it("remembers what it is about, and the next prompt goes on with it", async () => {
    space.file("home/.clinvk/config.yaml", "session: {default_tags: [work]}");
    await ask(["prompt", "-m", "some-model", "First line\nand more"]);
    const [session] = await sessions();
    expect(session).toMatchObject({
      backend: "claude",
      backend_session_id: "s-1",
      status: "active",
      title: "First line",
      workdir: space.dir,
      model: "claude-fake",
      requested_model: "some-model",
      turns: 1,
      usage: { input_tokens: 3, output_tokens: 5 },
      tags: ["work"],
    });
    const { cli, stderr } = await ask(["prompt", "-c", "and then"]);
    expect(cli.argv).toContain("--resume=s-1");
    expect(cli.argv).toContain("--model=some-model");
    expect(stderr).toBe(`continuing session ${session?.id} (claude, 1 turn, ${space.dir}): First line\n`);
    expect(await sessions()).toMatchObject([{ id: session?.id, turns: 2, usage: { input_tokens: 6 } }]);
  });

  it("is of one directory and one backend; a link to the directory is the directory", async () => {
    mkdirSync(join(space.dir, "a"));
    mkdirSync(join(space.dir, "b"));
    symlinkSync("a", join(space.dir, "c"));
    await ask(["prompt", "in a"], "x", { cwd: join(space.dir, "a") });
    for (const args of [
      ["-w", "b"],
      ["-w", "a", "-b", "codex"],
    ])
      expect((await space.run(["prompt", "-c", ...args, "and then"])).code).toBe(2);
    expect((await ask(["prompt", "-c", "-w", "c", "and then"])).cli.argv).toContain("--resume=s-1");
  });

  it("goes on by itself if the configuration says so", async () => {
    space.file("home/.clinvk/config.yaml", "session: {auto_resume: true, store_token_usage: false}");
    expect((await ask(["prompt", "one two"])).cli.argv.join(" ")).not.toContain("--resume");
    expect((await ask(["one two"])).cli.argv).toContain("--resume=s-1");
    expect(await sessions()).toMatchObject([{ turns: 2, usage: null }]);
    expect((await ask(["prompt", "--ephemeral", "one two"])).cli.argv).toContain("--no-session-persistence");
  });

  it("is not begun by an ephemeral prompt, which leaves nothing behind", async () => {
    await ask(["prompt", "--ephemeral", "-b", "gemini", "one two"]);
    expect(readdirSync(join(space.home, ".clinvk"))).toEqual(["tmp"]);
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
  });

  it("has one process at a time; the others are told which", async () => {
    await ask(["prompt", "one two"]);
    const first = space.start(["prompt", "-c", "slow one"]);
    const cli = await clis.next();
    const second = await space.run(["resume", "--here", "me too"]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`process ${first.child.pid} works on it since`);
    expect(await sessions("--status", "running")).toHaveLength(1);
    await cli.answer("x");
    expect((await first.done).code).toBe(0);
    expect((await ask(["resume", "--here", "me too"])).code).toBe(0);
  });

  it("survives an interrupt: what was begun can go on", async () => {
    const started = space.start(["prompt", "long work"]);
    const cli = await clis.next();
    await cli.records(goodAnswer("claude", "")[0]);
    // Its first line was read once its text is there.
    await cli.records({
      type: "stream_event",
      event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "half" } },
    });
    await interrupted(started, cli);
    expect(await sessions()).toMatchObject([{ status: "failed", turns: 0, backend_session_id: "s-1" }]);
    expect((await ask(["resume", "go on please"])).cli.argv).toContain("--resume=s-1");
    expect(await sessions()).toMatchObject([{ status: "active", turns: 1 }]);
  });

  it("is not gone on with by `clinvk runs`, which has the run in its list", async () => {
    await ask(["prompt", "one two"]);
    const { stdout } = await space.run(["runs", "list", "--json"]);
    const [run] = JSON.parse(stdout).runs;
    const { code, stderr } = await space.run(["runs", "retry", run.run_id, "--task", "task-1"]);
    expect(code).toBe(2);
    expect(stderr).toContain("`clinvk resume`");
  });
});

/** Ctrl-C, and the CLI ends. */
async function interrupted(started: ReturnType<Workspace["start"]>, cli: FakeInvocation): Promise<void> {
  const stopping = started.printed("stopping");
  started.child.kill("SIGINT");
  await stopping;
  cli.exit(0);
  const { code } = await started.done;
  expect(code).toBe(130);
}

describe("resume", () => {
  it("by a part of the id, whatever the directory one is in", async () => {
    mkdirSync(join(space.dir, "elsewhere"));
    await ask(["prompt", "-b", "codex", "one two"]);
    const [session] = await sessions();
    const end = session?.id.slice(-6) ?? "";
    const { cli, stdout } = await ask(["resume", end, "next one"], "more", { cwd: join(space.dir, "elsewhere") });
    expect([cli.stdin, cli.cwd, stdout]).toEqual(["next one", space.dir, "more\n"]);
    expect(cli.argv.slice(-3)).toEqual(["resume", "t-1", "-"]);
    // codex tells the sum over the thread: three tokens again are none for this turn.
    expect((await sessions())[0]?.usage?.input_tokens).toBe(3);
    const piped = await ask(["resume", end], "more", { stdin: "from stdin" });
    expect(piped.cli.stdin).toBe("from stdin");
  });

  it("the latest of this directory, of any with --last, of a backend with -b", async () => {
    mkdirSync(join(space.dir, "a"));
    await ask(["prompt", "-b", "codex", "here one"]);
    await ask(["prompt", "here two"]);
    await ask(["prompt", "-w", "a", "-b", "gemini", "there one"]);
    const name = async (...args: string[]) => (await ask(["resume", ...args])).cli.name;
    expect(await name("go on")).toBe("claude");
    expect(await name("--here", "go on")).toBe("claude");
    expect(await name("--last", "-b", "gemini", "go")).toBe("gemini");
    expect(await name("--last", "go")).toBe("gemini");
    expect(await name("-b", "codex", "go on")).toBe("codex");
  });

  it("keeps gemini's conversation in the session's own home", async () => {
    const first = await ask(["prompt", "-b", "gemini", "one two"]);
    const [session] = await sessions();
    const home = join(space.home, ".clinvk", "sessions", session?.id ?? "", "home");
    expect(first.cli.env.GEMINI_CLI_HOME).toBe(home);
    const { cli } = await ask(["resume", "go on"]);
    expect([cli.env.GEMINI_CLI_HOME, cli.argv.includes("--resume=g-1")]).toEqual([home, true]);
    expect(readFileSync(join(home, ".gemini", "settings.json"), "utf8")).toContain("enableAutoUpdate");
  });

  it("says what is wrong before anything starts", async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await space.run(["resume", ...args]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused("go on")).toContain(`there is no session in ${space.dir}; \`--last\` looks everywhere`);
    mkdirSync(join(space.dir, "a"));
    await ask(["prompt", "-w", "a", "one two"]);
    const [session] = await sessions();
    const id = session?.id ?? "";
    expect(await refused("nonsense", "go on")).toContain('there is no session "nonsense"');
    expect(await refused(`${id.slice(0, -1)}x`, "go on")).toContain(`did you mean "${id}"?`);
    expect(await refused(id)).toContain("PROMPT: is missing — as in `clinvk resume ");
    expect(await refused("-b", "codex", id, "go on")).toContain("is a session of claude, not of codex");
    expect(await refused("--last", id, "go on")).toContain("an ID and --last both choose the session");
    expect(await refused("--last", "--here", "go on")).toContain("--last: can't be combined with --here");
    expect(await refused("--offline", id, "go on")).toContain("it can't be continued offline");
    rmSync(join(space.dir, "a"), { recursive: true });
    expect(await refused(id, "go on")).toContain("is gone");
    expect(clis.waiting).toEqual([]);
  });
});

it.runIf(noPty === undefined)("a terminal says who is waited for while nothing has come", async () => {
  const terminal = new PtyRun(space, "clinvk prompt -b gemini 'explain this'");
  const cli = await clis.next();
  await terminal.shows(/^gemini is (starting|working) \(\d+ s\)/);
  await cli.answer("It is a program.");
  expect(await terminal.done).toBe(0);
  expect(terminal.text).toMatch(/^It is a program\.\nsession /);
});

it.runIf(noPty === undefined)("on a terminal the text is shown as it is said, and how to go on", async () => {
  const terminal = new PtyRun(space, 'clinvk "explain this"', { columns: 100 });
  const cli = await clis.next();
  await cli.records(goodAnswer("claude", "")[0], {
    type: "stream_event",
    event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "It is" } },
  });
  expect((await terminal.shows(/It is/)).join("\n").trimEnd()).toBe("It is");
  await cli.answer("It is a program.");
  expect(await terminal.done).toBe(0);
  const [session] = await sessions();
  const end = session?.id.slice(-6);
  expect(terminal.text).toBe(`It is\nIt is a program.\nsession ${session?.id}; \`clinvk resume ${end}\` continues it`);
});
