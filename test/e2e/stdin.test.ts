// Where stdin goes: the task file, context for every task, or nowhere; and that an open pipe never hangs a run.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Started, Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

const TASKS = JSON.stringify([{ backend: "claude", prompt: "the prompt" }]);

let clis: FakeClis;
let space: Workspace;

beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  space.file("t.json", TASKS);
});
afterEach(async () => {
  await clis.close();
  space.close();
});

/** Answers the one task, and gives what its CLI was told and how the run ended. */
async function finish(run: Pick<Started, "done">) {
  const invocation = await clis.next();
  await invocation.answer("ok");
  return { prompt: invocation.stdin, ...(await run.done) };
}

/** Lets a shell connect stdin: `{}` stands for `clinvk parallel`, which says nothing about the task itself. */
const inShell = (line: string) => space.shell(line.replace("{}", "clinvk parallel --progress none"));

const withContext = (text: string) => `the prompt\n\n<stdin>\n${text}\n</stdin>`;

describe("without -f", () => {
  it.each([
    ["from /dev/null", "{} < /dev/null", "stdin: is empty"],
    ["from an empty pipe", ": | {}", "stdin: is empty"],
    ["closed", "{} <&-", "stdin: is empty"],
  ])("and with stdin %s the reason is told, and what to type; exit code 2", async (_, line, why) => {
    const { code, stdout, stderr } = await inShell(line).done;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `${why} — give a task file, as in \`clinvk parallel tasks.jsonc\`\n1 problem; nothing was run.\n\`clinvk parallel --help\` shows the flags\n`,
    );
  });

  it("the tasks are on stdin", async () => {
    const run = await finish(inShell("cat t.json | {}"));
    expect({ code: run.code, prompt: run.prompt, stderr: run.stderr }).toEqual({
      code: 0,
      prompt: "the prompt",
      stderr: "",
    });
  });

  it("a pipe that delivers late is waited for, and this is said", async () => {
    const run = space.start(["parallel"], { stdin: "open" });
    await run.printed("waiting for the task file on stdin");
    run.child.stdin?.end(TASKS);
    expect((await finish(run)).code).toBe(0);
  });
});

describe("with -f -", () => {
  it.each(["cat t.json | {} -f -", "{} -f - < t.json"])("the tasks are on stdin: %s", async (line) => {
    expect(await finish(inShell(line))).toMatchObject({ code: 0, prompt: "the prompt" });
  });

  it("an empty stdin is an empty task file", async () => {
    const { code, stderr } = await inShell("{} -f - < /dev/null").done;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^stdin: there is nothing in it/);
  });
});

describe("with -f FILE", () => {
  it.each([
    ["a file", "{} -f t.json < code.js", 13],
    ["a pipe", "cat code.js | {} -f t.json", 13],
    ["a pipe with --stdin", "cat code.js | {} -f t.json --stdin", 13],
  ])("the content of %s is context, and stderr says so", async (_, line, bytes) => {
    space.file("code.js", "const a = 1;\n");
    const run = await finish(inShell(line));
    expect(run.prompt).toBe(withContext("const a = 1;"));
    expect(run.stderr).toBe(`read ${bytes} bytes of context from stdin\n`);
  });

  it.each([
    ["from /dev/null", "{} -f t.json < /dev/null"],
    ["closed", "{} -f t.json <&-"],
    ["from a directory", "{} -f t.json < ."],
    ["full, with --no-stdin", "cat t.json | {} -f t.json --no-stdin"],
  ])("stdin %s is no context, and nothing is said", async (_, line) => {
    const run = await finish(inShell(line));
    expect({ code: run.code, prompt: run.prompt, stderr: run.stderr }).toEqual({
      code: 0,
      prompt: "the prompt",
      stderr: "",
    });
  });

  it.each([": | {} -f t.json", "{} t.json < empty"])("an empty context is said: %s", async (line) => {
    space.file("empty", "");
    const run = await finish(inShell(line));
    expect({ code: run.code, prompt: run.prompt }).toEqual({ code: 0, prompt: "the prompt" });
    expect(run.stderr).toMatch(
      /^warning: stdin is empty, so the prompts get no context; --require-stdin makes this an error/,
    );
  });

  it("--require-stdin takes a context, and runs nothing without one", async () => {
    expect((await finish(inShell("cat t.json | {} t.json --require-stdin"))).code).toBe(0);
    const chain = space.file("chain.json", { steps: [{ backend: "claude", prompt: "p" }] });
    const all = [
      ["{} t.json", "stdin: is empty — --require-stdin wants context"],
      [`clinvk chain ${chain}`, "stdin: is empty — --require-stdin wants context"],
      ["clinvk compare --backends claude 'a b'", "stdin: is empty — --require-stdin wants context"],
      ["clinvk prompt 'a b'", "stdin: is empty — --require-stdin wants context"],
      ["{} t.json --no-stdin", "--require-stdin: can't be combined with --no-stdin"],
    ];
    for (const [command, problem] of all) {
      for (const line of [`: | ${command} --require-stdin`, `${command} --require-stdin < /dev/null`])
        expect(await inShell(line).done).toMatchObject({
          code: 2,
          stdout: "",
          stderr: `${problem}\n1 problem; nothing was run.\n`,
        });
    }
    expect((await inShell("cat t.json | {} --require-stdin").done).stderr).toMatch(/^--require-stdin: there can't be/);
    expect(clis.waiting).toEqual([]);
  });

  it("an open pipe that delivers nothing does not hang the run, which says so; with --stdin it is waited for", async () => {
    const patient = space.start(["parallel", "-f", "t.json", "--stdin"], { stdin: "open" });
    const run = space.start(["parallel", "-f", "t.json"], { stdin: "open" });
    const { prompt, code, stderr } = await finish(run);
    expect({ prompt, code }).toEqual({ prompt: "the prompt", code: 0 });
    expect(stderr).toMatch(/^clinvk: stdin is open but delivers nothing: continuing without context .*--no-stdin/);
    patient.child.stdin?.end("late");
    expect((await finish(patient)).prompt).toBe(withContext("late"));
  });

  const LATE =
    "stdin delivered only after the run had begun: its prompts went out without that context; --stdin waits for it";

  it.each([
    ["parallel", ["parallel", "-f", "t.json", "--json"]],
    ["chain", ["chain", "-f", "c.json", "--json"]],
    ["compare", ["compare", "--backends", "claude", "the prompt", "--json"]],
    ["prompt", ["prompt", "-b", "claude", "the prompt", "-o", "json"]],
  ])("%s: a pipe that delivers after the run has begun is said, also in the document", async (_, args) => {
    space.file("c.json", { steps: [{ backend: "claude", prompt: "the prompt" }] });
    const run = space.start(args, { stdin: "open" });
    const cli = await clis.next();
    expect(cli.stdin).toBe("the prompt");
    run.child.stdin?.write("late");
    await run.printed(LATE);
    await cli.answer("ok");
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [LATE] });
  });

  it.each([
    ["a task file", ["parallel", "-f", "fifo", "--no-stdin"], TASKS],
    ["a configuration", ["parallel", "-f", "t.json", "--config", "fifo", "--no-stdin"], "{}\n"],
    ["a prompt", ["parallel", "-f", "p.json", "--no-stdin"], "the prompt"],
  ])("%s that comes from a pipe without a writer is named, and read once there is one", async (_, args, content) => {
    execFileSync("mkfifo", [join(space.dir, "fifo")]);
    space.file("p.json", [{ backend: "claude", prompt_file: "fifo" }]);
    const run = space.start(args);
    await run.printed(`clinvk: waiting for ${join(space.dir, "fifo")}, a pipe that delivers nothing; Ctrl-C ends it`);
    space.file("fifo", content);
    expect(await finish(run)).toMatchObject({ code: 0, prompt: "the prompt" });
  });

  it("so is an offline script", async () => {
    execFileSync("mkfifo", [join(space.dir, "fifo")]);
    const run = space.start(["parallel", "-f", "t.json", "--offline-script", "fifo", "--dry-run", "--no-stdin"]);
    await run.printed(`clinvk: waiting for ${join(space.dir, "fifo")}, a pipe that delivers nothing; Ctrl-C ends it`);
    space.file("fifo", `{ "rules": [{ "reply": { "text": "x" } }] }\n`);
    expect(await run.done).toMatchObject({ code: 0 });
  });

  it("a pipe for the events that nobody reads is named, and written once somebody does; Ctrl-C ends the wait", async () => {
    const fifo = join(space.dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    const said = "clinvk: waiting for a reader of fifo, a pipe that nobody reads; Ctrl-C ends it";
    const args = ["parallel", "-f", "t.json", "--no-stdin", "--events", "fifo"];
    const ended = space.start(args);
    await ended.printed(said);
    ended.child.kill("SIGINT");
    expect(await ended.done).toMatchObject({ signal: "SIGINT" });
    const run = space.start(args);
    await run.printed(said);
    const events = space.shell("cat fifo").done;
    expect(await finish(run)).toMatchObject({ code: 0 });
    expect((await events).stdout).toMatch(/"run_finished".*\n$/);
  });

  it("--no-stdin does not even look at an open pipe", async () => {
    const run = await finish(
      space.start(["parallel", "-f", "t.json", "--no-stdin", "--progress", "none"], { stdin: "open" }),
    );
    expect({ code: run.code, prompt: run.prompt, stderr: run.stderr }).toEqual({
      code: 0,
      prompt: "the prompt",
      stderr: "",
    });
  });

  it("context that is not UTF-8 is taken with a warning", async () => {
    space.file("code.bin", Uint8Array.of(0x61, 0xff, 0x62));
    const run = await finish(inShell("{} -f t.json < code.bin"));
    expect(run.prompt).toBe(withContext("a\uFFFDb"));
    expect(run.stderr).toMatch(/^warning: stdin is not valid UTF-8/);
  });

  it("too much context is named before anything starts: for a CLI, and for anyone", async () => {
    space.file("context", "x".repeat(10 * 1024 * 1024));
    const forCli = await inShell("{} -f t.json < context").done;
    expect(forCli.code).toBe(2);
    expect(forCli.stderr).toMatch(
      /^t\.json:1:31: tasks\[0\]\.prompt: the prompt, piped context included, has 10,485,\d+ bytes; Claude Code takes at most/m,
    );
    const forAnyone = await inShell("head -c 17000000 /dev/zero | {} -f t.json").done;
    expect(forAnyone).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "stdin: this is too large: the limit is 16 MiB\n1 problem; nothing was run.\n",
    });
    expect(clis.waiting).toEqual([]);
  });
});
