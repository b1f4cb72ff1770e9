// What clinvk says about the CLIs that it has found on this machine: another version than the tested one, and commands
// that a person can really type.
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { BUILT_IN } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis, goodAnswer, installFake } from "../rig/fake-clis.js";

let space: Workspace;
beforeEach(() => {
  space = new Workspace();
});
afterEach(() => space.close());

/** Writes a shell script that can be started; returns its path. */
function script(path: string, lines: string): string {
  const file = resolve(space.dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return file;
}

const answer = goodAnswer("claude", "done")
  .map((record) => `printf '%s\\n' '${JSON.stringify(record)}'`)
  .join("\n");
const tested = BUILT_IN.claude.tested_version;
const WARNING = `clinvk is tested with Claude Code ${tested}; this is 2.3.4. It usually works.`;

/** As many warnings as there are. */
const warnings = (stderr: string) => stderr.split("\n").filter((line) => line.includes("clinvk is tested with"));

describe("another version of a CLI", () => {
  const task = { backend: "claude", prompt: "x" };

  it("is warned about once, in a run and in a dry run, where the path tells the version", async () => {
    // As Claude Code's own installer puts it.
    const native = script("share/claude/versions/2.3.4", `cat > /dev/null\n${answer}`);
    symlinkSync(native, join(space.dir, "bin/claude"));
    const file = space.file("two.json", { tasks: [task, task] });
    for (const flags of [[], ["-q"], ["--dry-run"]]) {
      const { code, stderr } = await space.run(["parallel", "-f", file, ...flags]);
      expect({ code, warnings: warnings(stderr) }).toEqual({ code: 0, warnings: [expect.stringContaining(WARNING)] });
    }
    const { stderr } = await space.run(["prompt", "x"]);
    expect(warnings(stderr)).toHaveLength(1);
  });

  it("is warned about where only the CLI can tell it, and it is asked once per installation", async () => {
    const asked = join(space.dir, "asked");
    const go = join(space.dir, "go");
    const version = `if [ "$1" = --version ]; then echo x >> '${asked}'; echo "2.3.4 (Claude Code)"; exit; fi`;
    script("bin/claude", `${version}\ncat > /dev/null\nuntil test -e '${go}'; do sleep 0.02; done\n${answer}`);
    const file = space.file("one.json", { tasks: [task] });
    const first = space.start(["parallel", "-f", file]);
    await first.printed(WARNING);
    space.file("go", "");
    expect((await first.done).code).toBe(0);
    for (const flags of [[], ["--dry-run"]]) {
      const { stderr } = await space.run(["parallel", "-f", file, ...flags]);
      expect(warnings(stderr)).toHaveLength(1);
    }
    expect(readFileSync(asked, "utf8")).toBe("x\n");
  });

  it("is no matter where it is the tested one", async () => {
    installFake(space.dir, "claude", `#!/bin/sh\ncat > /dev/null\n${answer}\n`);
    const { code, stderr } = await space.run(["parallel", "-f", space.file("one.json", { tasks: [task] })]);
    expect({ code, warnings: warnings(stderr) }).toEqual({ code: 0, warnings: [] });
  });
});

describe("hints name commands that exist", () => {
  /** Where `clinvk backends install` puts a CLI. */
  const inOurFolder = (name: string) => join(space.home, ".clinvk/clis/node_modules/.bin", name);
  const notLoggedIn = `[ "$1" = --version ] && echo ${tested} && exit\necho "Not logged in" >&2; exit 1`;

  it("the path of a CLI that is not on PATH, in `backends`, in a failure and in every report", async () => {
    const path = inOurFolder("codex");
    script(path, notLoggedIn);
    const shown = await space.run(["backends"]);
    expect(shown.stdout).toContain(`codex: run \`${path} login\``);
    expect(shown.stderr).toContain(`no backend is usable yet: codex: run \`${path} login\``);
    const file = space.file("one.json", { tasks: [{ backend: "codex", prompt: "x" }] });
    const { stdout } = await space.run(["parallel", "-f", file, "--json", "--report", "html=r.html"]);
    const { failure } = JSON.parse(stdout).results[0];
    expect(failure).toMatchObject({
      kind: "not_authenticated",
      hint: expect.stringContaining(`run \`${path} login\``),
    });
    expect(readFileSync(join(space.dir, "r.html"), "utf8")).toContain(`${path} login`);
  });

  it("the plain name of one that is on PATH", async () => {
    script("bin/codex", notLoggedIn);
    expect((await space.run(["backends"])).stdout).toContain("codex: run `codex login`");
  });
});

describe("the command of a dry run", () => {
  it("can be pasted: it names files that are there, and nothing of the run that was not", async () => {
    const tasks = [
      { backend: "codex", prompt: "x", system_prompt: "Be terse." },
      { backend: "gemini", prompt: "xy", sandbox_mode: "read-only" },
    ];
    const { stdout } = await space.run(["parallel", "-f", space.file("dry.json", { tasks }), "--dry-run", "--json"]);
    const [codex, gemini] = JSON.parse(stdout).results as { command: string; content: string }[];
    expect(codex?.command).toMatch(/^codex exec /);
    expect(codex?.command).not.toContain("CLINVK_RUN_CHAIN");
    const prompt = /model_instructions_file="([^"]+)"/.exec(codex?.command ?? "")?.[1] ?? "";
    expect(readFileSync(prompt, "utf8")).toBe("Be terse.");
    const policy = /--admin-policy=(\S+)/.exec(gemini?.command ?? "")?.[1] ?? "";
    expect(readFileSync(policy, "utf8")).toContain('decision = "deny"');
    expect(codex?.content).toContain("The prompt (1 byte) goes to its stdin.");
    expect(gemini?.content).toMatch(/\(\d+ bytes\)/);
  });

  it("starts a CLI that is not on PATH by its path", async () => {
    const path = script(join(space.home, ".clinvk/clis/node_modules/.bin/claude"), "exit 1");
    const file = space.file("dry.json", { tasks: [{ backend: "claude", prompt: "x" }] });
    expect((await space.run(["parallel", "-f", file, "--dry-run"])).stdout).toContain(`Would execute: ${path} -p `);
  });
});

describe("locks that gemini has left in the home of a session", () => {
  let clis: FakeClis;
  beforeEach(async () => {
    clis = await FakeClis.start(["gemini"]);
  });
  afterEach(() => clis.close());

  it("are gone when it has ended, and before it is resumed", async () => {
    const env = { PATH: `${clis.bin}:${space.env.PATH}` };
    const first = space.start(["prompt", "-b", "gemini", "x"], { env });
    const begun = await clis.next();
    const lock = join(begun.env.GEMINI_CLI_HOME ?? "", ".gemini/projects.json.lock");
    mkdirSync(lock);
    await begun.answer("yes");
    expect((await first.done).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
    // As after a crash of clinvk itself.
    mkdirSync(lock);
    const second = space.start(["resume", "--last", "y"], { env });
    const resumed = await clis.next();
    expect(resumed.argv.join(" ")).toContain("--resume=g-1");
    expect(existsSync(lock)).toBe(false);
    await resumed.answer("again");
    expect((await second.done).code).toBe(0);
  });
});

it("a CLI that is replaced during the run is waited for, by all its tasks", async () => {
  const clis = await FakeClis.start();
  const space = new Workspace({ bin: [clis.bin] });
  onTestFinished(async () => {
    await clis.close();
    space.close();
  });
  const file = space.file("t.json", {
    max_parallel: 2,
    tasks: ["one", "two", "three", "four"].map((id) => ({ id, backend: "claude", prompt: `say ${id}` })),
  });
  const run = space.start(["parallel", "-f", file, "--json"]);
  const [one, two] = await Promise.all(["one", "two"].map((id) => clis.next({ prompt: `say ${id}` })));
  const place = join(clis.bin, "claude");
  renameSync(place, `${place}.old`);
  await one?.answer("1");
  await two?.answer("2");
  await run.printed("Claude Code is gone, as during an update: it is looked for again for 10 s");
  renameSync(`${place}.old`, place);
  for (const id of ["three", "four"]) await (await clis.next({ prompt: `say ${id}` })).answer(id);
  const { code, stdout } = await run.done;
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout) as RunResult;
  expect(results.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(["OK 1", "OK 1", "OK 1", "OK 1"]);
});
