// Bad input: exit code 2, every problem named with its place, nothing started, nothing on stdout, no stack trace.

import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

let clis: FakeClis;
let space: Workspace;

beforeAll(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  space.file("ok.json", [{ backend: "claude", prompt: "p" }]);
});
afterAll(async () => {
  await clis.close();
  space.close();
});

/** Runs with bad input: checks what all such runs share, and gives what stderr says of it. */
async function refused(args: string[], options: Parameters<Workspace["run"]>[1] = {}): Promise<string> {
  const { code, stdout, stderr } = await space.run(["parallel", ...args], options);
  expect({ code, stdout, started: clis.waiting.length }).toEqual({ code: 2, stdout: "", started: 0 });
  expect(stderr).not.toMatch(/^ {4}at |internal error/m);
  return stderr.replaceAll(space.dir, "/ws");
}

/** The same for the content of a task file, also with `--json`. */
async function refusedFile(content: string | Uint8Array, name = "t.json"): Promise<string> {
  space.file(name, content);
  const stderr = await refused(["-f", name]);
  expect(await refused(["-f", name, "--json"])).toBe(stderr);
  return stderr;
}

const problems = (...lines: string[]) =>
  `${lines.join("\n")}\n${lines.length} ${lines.length === 1 ? "problem" : "problems"}; nothing was run.\n`;

describe("a file that is no task file", () => {
  it.each([
    [
      "a missing comma",
      '{\n  "tasks": [\n    {"backend": "claude" "prompt": "p"}\n  ]\n}\n',
      't.json:3:26: a comma is missing before `"prompt"`',
    ],
    [
      "cut off",
      '{"tasks": [{"backend": "claude", "prompt": "p"}',
      "t.json:1:48: the text ends too early: a closing `]` is missing",
    ],
    ["empty", "", 't.json: there is nothing in it — a task file looks like {"tasks": [ … ]}'],
    ["a text", '"hello"', 't.json:1:1: expected an object with `tasks`, or a list of tasks, got "hello"'],
    [
      "a single task",
      '{"backend": "claude", "prompt": "p"}',
      't.json:1:1: this is a single task — put it into a list: {"tasks": [ … ]}',
    ],
    ["without tasks", '{"max_parallel": 2}', "t.json:1:1: `tasks` is missing"],
    ["an empty list", '{"tasks": []}', "t.json:1:11: tasks: there are no tasks"],
    [
      "binary",
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 0xff, 0xfe),
      "t.json: this is not a text file: its bytes are not UTF-8",
    ],
    ["zeroes", "\0\0\0", "t.json: this is not a text file: it holds NUL bytes"],
  ])("%s", async (_, content, expected) => {
    expect(await refusedFile(content)).toBe(problems(expected));
  });

  it("malformed YAML", async () => {
    expect(await refusedFile("tasks:\n  - backend: claude\n   prompt: p\n", "t.yaml")).toMatch(
      /^t\.yaml:3:1: .+\n1 problem; nothing was run\.\n$/,
    );
  });

  it("100 MB", async () => {
    truncateSync(space.file("huge.json", ""), 100 * 1024 * 1024);
    expect(await refused(["-f", "huge.json", "--json"])).toBe(
      problems("huge.json: this is too large (100 MiB): the limit is 16 MiB"),
    );
  });

  it("one that is not there, and a directory", async () => {
    space.file("tasks.json", "[]");
    expect(await refused(["-f", "tasks.jsn"])).toBe(
      problems("tasks.jsn: there is no such file — did you mean `tasks.json`?"),
    );
    expect(await refused(["-f", "."])).toBe(problems(".: this is a directory, not a file"));
  });

  it("on stdin", async () => {
    expect(await refused(["--json"], { stdin: '{"tasks": [}' })).toBe(
      problems("stdin:1:12: expected a value before `}`"),
    );
  });
});

describe("tasks that can't be run: all problems at once", () => {
  it("wrong types", async () => {
    const task = '{"backend": "claude", "prompt": 7, "max_turns": "3", "verbose": "yes", "tags": "a", "extra": [1]}';
    expect(
      await refusedFile(`{\n  "tasks": [\n    ${task}\n  ],\n  "max_parallel": "many",\n  "fail_fast": 1\n}\n`),
    ).toBe(
      problems(
        "t.json:3:37: tasks[0].prompt: expected a string, got 7",
        't.json:3:53: tasks[0].max_turns: expected a whole number, got "3" — remove the quotes',
        't.json:3:69: tasks[0].verbose: expected `true` or `false`, got "yes"',
        't.json:3:84: tasks[0].tags: expected a list, got "a"',
        "t.json:3:99: tasks[0].extra[0]: expected a string, got 1",
        't.json:5:19: max_parallel: expected a whole number, got "many"',
        "t.json:6:16: fail_fast: expected `true` or `false`, got 1",
      ),
    );
  });

  it("values out of range", async () => {
    const task = '{"backend": "claude", "prompt": "p", "model": "--evil", "max_turns": -1, "timeout_seconds": -3}';
    expect(await refusedFile(`{"max_parallel": 0, "tasks": [\n${task}]}`)).toBe(
      problems(
        "t.json:1:18: max_parallel: must be at least 1, got 0",
        't.json:2:47: tasks[0].model: may not begin with `-`, got "--evil"',
        "t.json:2:70: tasks[0].max_turns: must be at least 0, got -1",
        "t.json:2:93: tasks[0].timeout_seconds: must be at least 0, got -3",
      ),
    );
  });

  it("unknown keys, in the file and in a task", async () => {
    const task = '{"backend": "claude", "promt": "p", "prompt": "p", "colour": "red"}';
    expect(await refusedFile(`{\n  "tasks": [${task}],\n  "maxparallel": 2\n}\n`)).toBe(
      problems(
        "t.json:2:35: tasks[0].promt: unknown key — did you mean `prompt`?",
        "t.json:2:64: tasks[0].colour: unknown key — `clinvk schema task-file` lists all keys",
        "t.json:3:3: maxparallel: unknown key — did you mean `max_parallel`?",
      ),
    );
  });

  it("unknown backends, and a task without one", async () => {
    const tasks = '[\n{"backend": "cluade", "prompt": "p"},\n{"backend": "gpt", "prompt": "p"},\n{"prompt": "p"}]';
    const known = "expected one of `claude`, `codex`, `gemini`";
    expect(await refusedFile(tasks)).toBe(
      problems(
        `t.json:2:13: tasks[0].backend: ${known}, got "cluade" — did you mean \`claude\`?`,
        `t.json:3:13: tasks[1].backend: ${known}, got "gpt" — did you mean \`codex\`?`,
        "t.json:4:1: tasks[2]: `backend` is missing — say `claude`, `codex` or `gemini`",
      ),
    );
  });

  it("duplicate ids, a generated one included", async () => {
    const ids = ['"id": "a", ', '"id": "a", ', "", '"id": "task-3", '];
    const tasks = ids.map((id) => `{${id}"backend": "claude", "prompt": "p"}`).join(",\n");
    expect(await refusedFile(`[\n${tasks}]`)).toBe(
      problems(
        't.json:3:8: tasks[1].id: duplicate id "a" — tasks[0] has it already',
        't.json:5:8: tasks[3].id: the id "task-3" is also the generated id of tasks[2] — choose another id',
      ),
    );
  });

  it("a workdir that is missing, and one that is a file", async () => {
    const tasks = ["./nowhere", "ok.json"].map((dir) => `{"workdir": "${dir}", "backend": "codex", "prompt": "p"}`);
    expect(await refusedFile(`[\n${tasks.join(",\n")}]`)).toBe(
      problems(
        "t.json:2:13: tasks[0].workdir: the directory /ws/nowhere does not exist",
        "t.json:3:13: tasks[1].workdir: /ws/ok.json is not a directory",
      ),
    );
  });

  it("prompts: missing, empty, given twice, in a file that is not there", async () => {
    const prompts = ["", ', "prompt": "a", "prompt_file": "b"', ', "prompt_file": "nope.md"'];
    expect(await refusedFile(`[\n${prompts.map((prompt) => `{"backend": "claude"${prompt}}`).join(",\n")}]`)).toBe(
      problems(
        "t.json:2:1: tasks[0]: `prompt` is missing",
        "t.json:3:53: tasks[1].prompt_file: a task has `prompt` or `prompt_file`, not both",
        't.json:4:38: tasks[2].prompt_file: can\'t read "nope.md": there is no such file',
      ),
    );
    expect(await refusedFile('[{"backend": "claude", "prompt": " "}]')).toBe(
      problems("t.json:1:34: tasks[0].prompt: the prompt is empty"),
    );
  });

  it("a lone surrogate in a prompt", async () => {
    expect(await refusedFile('[{"backend": "claude", "prompt": "half \\ud83d of it"}]')).toBe(
      problems("t.json:1:34: tasks[0].prompt: contains half of a character (a lone surrogate such as `\\ud800`)"),
    );
  });

  it.each([
    ["claude", "x".repeat(10_485_760), "10,485,760 bytes; Claude Code takes at most 10,485,759"],
    ["codex", "é".repeat(1_048_577), "1,048,577 characters; Codex takes at most 1,048,576"],
    ["gemini", "é".repeat(4_194_305), "8,388,610 bytes; Gemini CLI takes at most 8,388,608"],
  ])("a prompt over the limit of %s", async (backend, prompt, expected) => {
    const at = JSON.stringify([{ backend, prompt }]).indexOf(prompt.slice(0, 9));
    expect(await refusedFile(JSON.stringify([{ backend, prompt }]))).toBe(
      problems(`t.json:1:${at}: tasks[0].prompt: the prompt, piped context included, has ${expected}`),
    );
  });

  it("what a file holds can't steer the terminal", async () => {
    expect(await refusedFile('[{"backend": "\\u001b[31mred", "prompt": "p"}]')).toBe(
      problems('t.json:1:14: tasks[0].backend: expected one of `claude`, `codex`, `gemini`, got "\\u001b[31mred"'),
    );
  });
});

describe("an output that would write over something", () => {
  const file = () =>
    space.file("t.json", [
      { id: "a", backend: "claude", prompt_file: "p.md" },
      { id: "b", backend: "claude", prompt: "p" },
    ]);
  const bytes = () => ["t.json", "p.md", "c.yaml", "s.json"].map((name) => readFileSync(join(space.dir, name), "utf8"));

  it.each<[flags: string[], message: string]>([
    [["--events", "t.json"], "--events: /ws/t.json is the task file of this run: it would be overwritten"],
    [["--report", "html=./t.json"], "--report: /ws/t.json is the task file of this run: it would be overwritten"],
    [["--report", "junit=p.md"], "--report: /ws/p.md is the prompt_file of this run: it would be overwritten"],
    [["--events", "c.yaml"], "--events: /ws/c.yaml is the configuration of this run: it would be overwritten"],
    [["--events", "s.json"], "--events: /ws/s.json is the script of this run: it would be overwritten"],
    [["--events", "soft"], "--events: /ws/soft is the task file of this run: it would be overwritten"],
    [["--events", "hard"], "--events: /ws/hard is the task file of this run: it would be overwritten"],
    [["--events", "here/t.json"], "--events: /ws/here/t.json is the task file of this run: it would be overwritten"],
    [["--events", "e", "--report", "html=./e"], "--report: /ws/e would be written by --events e, too"],
    [["--events", "here/e", "--report", "html=e"], "--report: /ws/e would be written by --events here/e, too"],
    [
      ["--report", "html=e", "--report", "junit=here/e"],
      "--report: junit=here/e: two reports of one run would be written to the same place",
    ],
    [
      ["--output-dir", "out", "--events", "out/summary.json"],
      "output_dir: /ws/out/summary.json is written by --events out/summary.json: an answer would overwrite it",
    ],
    [
      ["--output-dir", "out", "--report", "html=out/b-claude.md"],
      "output_dir: /ws/out/b-claude.md is written by --report html=out/b-claude.md: an answer would overwrite it",
    ],
  ])("%j", async (flags, message) => {
    space.file("p.md", "a prompt");
    space.file("c.yaml", "default_backend: claude\n");
    space.file("s.json", '{"rules": []}');
    const path = file();
    for (const name of ["soft", "hard", "here", "out"]) rmSync(join(space.dir, name), { force: true, recursive: true });
    symlinkSync(path, join(space.dir, "soft"));
    linkSync(path, join(space.dir, "hard"));
    symlinkSync(".", join(space.dir, "here"));
    mkdirSync(join(space.dir, "out"));
    const before = bytes();
    const all = ["-f", "t.json", "--config", "c.yaml", "--offline-script", "s.json", ...flags];
    expect(await refused(all)).toBe(problems(message));
    expect(bytes()).toEqual(before);
    expect(existsSync(join(space.dir, "e"))).toBe(false);
  });
});

it("a path that is empty, and a link that leads nowhere", async () => {
  expect(await refused(["-f", ""])).toContain("FILE: expected the path of a file, got nothing\n");
  expect(await refused(["-f", "ok.json", "--events", ""])).toContain(
    "--events: expected the path of a file, got nothing",
  );
  symlinkSync("gone.json", join(space.dir, "l"));
  expect(await refused(["-f", "l"])).toBe(problems("l: this is a link to a file that is not there"));
});

describe("a place where nothing can run", () => {
  const clinvk = resolve(import.meta.dirname, "../../dist/cli/clinvk.cjs");
  const start = (script: string, options: SpawnSyncOptions = {}) => {
    const { status, stderr } = spawnSync("/bin/sh", ["-c", script, process.execPath, clinvk, "parallel", "t.json"], {
      cwd: space.dir,
      env: { PATH: process.env.PATH ?? "" },
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      ...options,
    });
    return { status, stderr };
  };

  it("a directory that was removed", () => {
    expect(start('mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"')).toEqual({
      status: 2,
      stderr: "clinvk: the current directory does not exist any more: change to another one\n",
    });
  });

  // Only root can become a user without an entry.
  it.runIf(process.getuid?.() === 0)("a user without a home directory", () => {
    expect(start('exec "$0" "$@"', { uid: 54_321, cwd: "/" })).toEqual({
      status: 2,
      stderr:
        "clinvk: there is no home directory for this user: set HOME to one, or CLINVK_HOME if the AI CLIs need none\n",
    });
  });
});

it("an output directory that can't be written is told at its line", async () => {
  space.file("plain", "");
  const stderr = await refusedFile('{\n  "output_dir": "plain",\n  "tasks": [{"backend": "claude", "prompt": "p"}]\n}');
  expect(stderr).toMatch(/^t\.json:2:17: output_dir: can't write to the output directory \/ws\/plain: /);
  expect(await refused(["-f", "ok.json", "--output-dir", "plain"])).toMatch(/^--output-dir: can't write to the /);
});
