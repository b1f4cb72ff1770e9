import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Diagnostic, formatDiagnostics } from "../../../src/document/diagnostics.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { readTaskFile, type TaskSource } from "../../../src/task-file/task-file.js";
import { wholeFile } from "../../rig/read-tasks.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "task-file-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  mkdirSync(join(dir, name, ".."), { recursive: true });
  writeFileSync(join(dir, name), content);
  return name;
}

/** What is printed for an input, or the tasks of a good one. */
async function read(source: TaskSource | string) {
  const from = typeof source === "string" ? { name: "stdin", text: source } : source;
  const result = await wholeFile(readTaskFile(from, dir, BACKEND_NAMES));
  return result.ok ? result.value.file : formatDiagnostics(result.error).split("\n");
}

const task = { backend: "claude", prompt: "Review" };
const T = JSON.stringify(task);
const one = (text: string) => [text, "1 problem; nothing was run."];

describe("what is read", () => {
  it.each([
    ["an object", `{"tasks": [${T}]}`],
    ["a bare list", `[${T}]`],
    ["comments and trailing commas", `// all\n{"tasks": [${T},], /* end */}`],
    ["YAML by content", "tasks:\n  - backend: claude\n    prompt: Review\n"],
    ["a YAML list", "- {backend: claude, prompt: Review}\n"],
    ["YAML that begins with a comment", "# tasks\ntasks: [{backend: claude, prompt: Review}]\n"],
    ["YAML anchors", "x-all: &all\n  backend: claude\ntasks:\n  - <<: *all\n    prompt: Review\n"],
    ["a byte order mark", `\uFEFF[${T}]`],
    ["free keys", '{"$schema":"s","x-a":1,"tasks":[{"x-b":{},"$schema":"t","backend":"claude","prompt":"Review"}]}'],
  ])("%s", async (_name, text) => {
    expect(await read(text)).toEqual({ tasks: [task] });
  });

  it("YAML by the file's name, even if it could be something else", async () => {
    expect(await read({ path: write("a.yml", `{tasks: [{backend: claude, prompt: Review}]}`) })).toEqual({
      tasks: [task],
    });
  });

  it("blocks of text in YAML", async () => {
    const text = "- backend: claude\n  prompt: |\n    Line one\n      two\n\n    three: x\n";
    expect(await read(text)).toEqual({ tasks: [{ backend: "claude", prompt: "Line one\n  two\n\nthree: x\n" }] });
  });

  it("free keys in `defaults`, and a backend from there", async () => {
    const text = '{"defaults":{"x-a":1,"backend":"codex"},"tasks":[{"prompt":"p"}]}';
    expect(await read(text)).toEqual({ defaults: { backend: "codex" }, tasks: [{ prompt: "p" }] });
  });

  it("a value that never was text", async () => {
    expect(await read({ name: "parallel()", value: [task] })).toEqual({ tasks: [task] });
    expect(await read({ name: "parallel()", value: [{ ...task, promt: 1 }] })).toEqual(
      one("parallel(): tasks[0].promt: unknown key — did you mean `prompt`?"),
    );
  });

  it("prompts from files beside the task file, byte order mark removed, NUL kept", async () => {
    write("sub/prompts/a.md", "\uFEFFLook at \0 this\n");
    const path = write("sub/tasks.json", '[{"backend":"claude","prompt_file":"prompts/a.md"}]');
    expect(await read({ path })).toEqual({ tasks: [{ backend: "claude", prompt: "Look at \0 this\n" }] });
  });

  it("a pipe that is named like a file", async () => {
    const fifo = join(dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    const [tasks] = await Promise.all([read({ path: "fifo" }), writeFile(fifo, `[${T}]`)]);
    expect(tasks).toEqual({ tasks: [task] });
  });

  it("NUL and whole surrogate pairs in strings", async () => {
    expect(await read('[{"backend":"claude","prompt":"\\u0000 \\ud83d\\ude00"}]')).toEqual({
      tasks: [{ backend: "claude", prompt: "\0 😀" }],
    });
  });

  it("tells where things stand, for whoever finds more problems", async () => {
    const text = `[\n  ${T},\n  {"workdir": "x", ${T.slice(1)}\n]`;
    const result = await wholeFile(readTaskFile({ name: "stdin", text }, dir));
    if (!result.ok) throw new Error(formatDiagnostics(result.error));
    const found: Diagnostic[] = [];
    const report = result.value.reportTo(found);
    report("tasks[1].workdir", "is wrong", "try another");
    report("tasks[1].id", "is missing");
    expect(found).toEqual([
      { source: "stdin", path: "tasks[1].workdir", line: 3, column: 15, message: "is wrong", hint: "try another" },
      { source: "stdin", path: "tasks[1].id", line: 3, column: 3, message: "is missing" },
    ]);
    expect(result.value.base_dir).toBe(dir);
  });
});

describe("what is wrong with a value", () => {
  it("reports all problems at once, each with its place", async () => {
    const path = write(
      "bad.json",
      `{
  "tasks": [
    {"backend": "cluade", "prompt": "x", "approval_mode": "atuo"},
    {"backend": "codex", "promt": "x", "max_turns": "3", "verbose": "true", "max_tokens": -1},
    {"backend": "codex", "prompt": 5, "extra": "x", "tags": [1], "meta": [], "model": "-m"},
    null
  ],
  "max_parallel": 0,
  "fail-fast": true
}`,
    );
    expect(await read({ path })).toEqual([
      'bad.json:3:17: tasks[0].backend: expected one of `claude`, `codex`, `gemini`, got "cluade" — did you mean `claude`?',
      'bad.json:3:59: tasks[0].approval_mode: expected one of `default`, `auto`, `none`, `always`, got "atuo" — did you mean `auto`?',
      "bad.json:4:5: tasks[1]: `prompt` is missing",
      "bad.json:4:26: tasks[1].promt: unknown key — did you mean `prompt`?",
      'bad.json:4:53: tasks[1].max_turns: expected a whole number, got "3" — remove the quotes',
      'bad.json:4:69: tasks[1].verbose: expected `true` or `false`, got "true" — remove the quotes',
      "bad.json:4:91: tasks[1].max_tokens: must be at least 0, got -1",
      "bad.json:5:36: tasks[2].prompt: expected a string, got 5",
      'bad.json:5:48: tasks[2].extra: expected a list, got "x"',
      "bad.json:5:62: tasks[2].tags[0]: expected a string, got 1",
      "bad.json:5:74: tasks[2].meta: expected an object, got a list",
      'bad.json:5:87: tasks[2].model: may not begin with `-`, got "-m"',
      "bad.json:6:5: tasks[3]: expected an object, got null",
      "bad.json:8:19: max_parallel: must be at least 1, got 0",
      "bad.json:9:3: fail-fast: unknown key — did you mean `fail_fast`?",
      "15 problems; nothing was run.",
    ]);
  });

  it("finds the same problems in YAML", async () => {
    const text = "- backend: claud\n  prompt: x\n  model: ''\n- prompt: y\n  tasg: []\n";
    expect(await read(text)).toEqual([
      'stdin:1:12: tasks[0].backend: expected one of `claude`, `codex`, `gemini`, got "claud" — did you mean `claude`?',
      "stdin:3:10: tasks[0].model: may not be empty",
      "stdin:4:3: tasks[1]: `backend` is missing — say `claude`, `codex` or `gemini`",
      "stdin:5:3: tasks[1].tasg: unknown key — did you mean `tags`?",
      "4 problems; nothing was run.",
    ]);
  });

  const whole = "expected an object with `tasks`, or a list of tasks, got";
  it.each([
    ["no tasks in a list", "[]", "stdin:1:1: tasks: there are no tasks"],
    ["no tasks in an object", '{"tasks": []}', "stdin:1:11: tasks: there are no tasks"],
    ["no list of tasks", "{}", "stdin:1:1: `tasks` is missing"],
    ["tasks of a wrong type", '{"tasks": {}}', "stdin:1:11: tasks: expected a list, got an object"],
    ["one task alone", T, 'stdin:1:1: this is a single task — put it into a list: {"tasks": [ … ]}'],
    [
      "a chain file",
      `{"steps": [${T}], "stop_on_failure": true}`,
      "stdin:1:1: this is a chain file, not a task file — run it with `clinvk chain FILE`",
    ],
    [
      "a placeholder in a list",
      `{"tasks": [...]}`,
      "stdin:1:12: `...` is a placeholder — write what it stands for, or take it out",
    ],
    ["a string", '"x"', `stdin:1:1: ${whole} "x"`],
    ["a number", " 42", `stdin:1:2: ${whole} 42`],
    ["null", "null", `stdin:1:1: ${whole} null`],
    ["plain text", "hello world", `stdin:1:1: ${whole} "hello world"`],
    [
      "an unknown key that resembles none",
      `{"tasks": [${T}], "zzzzzz": 1}`,
      "stdin:1:53: zzzzzz: unknown key — `clinvk schema task-file` lists all keys",
    ],
    [
      "a key that only tasks may have, in `defaults`",
      `{"tasks": [${T}], "defaults": {"prompts": "x"}}`,
      "stdin:1:66: defaults.prompts: unknown key — `clinvk schema task-file` lists all keys",
    ],
    [
      "a lone surrogate",
      '[{"backend": "claude", "prompt": "a\\ud800b"}]',
      "stdin:1:34: tasks[0].prompt: contains half of a character (a lone surrogate such as `\\ud800`)",
    ],
    [
      "a lone surrogate in a name",
      `[{"meta": {"\\udc00": 1}, ${T.slice(1)}]`,
      'stdin:1:12: tasks[0].meta["\\udc00"]: the name contains half of a character (a lone surrogate)',
    ],
    [
      "a name given twice, deep inside",
      `[{"meta": {"a": [{"b": 1, "b": 2}]}, ${T.slice(1)}]`,
      "stdin:1:27: tasks[0].meta.a[0].b: is given twice (first on line 1, column 19)",
    ],
    [
      "a name given twice in JSON with comments",
      `{"tasks": [${T}], // c\n "fail_fast": true,\n "fail_fast": false}`,
      "stdin:3:2: fail_fast: is given twice (first on line 2, column 2)",
    ],
    [
      "a name given twice in YAML",
      "tasks:\n- backend: claude\n  prompt: a\n  prompt: b\n",
      "stdin:4:3: tasks[0].prompt: is given twice (first on line 3, column 3)",
    ],
    [
      "a prompt and a file of it",
      '[{"backend": "claude", "prompt": "x", "prompt_file": "y"}]',
      "stdin:1:54: tasks[0].prompt_file: a task has `prompt` or `prompt_file`, not both",
    ],
    [
      "a prompt file that is not there",
      '[{"backend": "claude", "prompt_file": "nope.md"}]',
      'stdin:1:39: tasks[0].prompt_file: can\'t read "nope.md": there is no such file',
    ],
    ["nesting in JSON", "[".repeat(9_000_000), "stdin:1:101: brackets are nested more than 100 levels deep"],
    ["nesting in JSON objects", '{"a":'.repeat(500_000), "stdin:1:501: brackets are nested more than 100 levels deep"],
    ["nesting in YAML", "tasks: ".concat("[".repeat(1_000_000)), "stdin:1:108: this is nested too deeply"],
    ["nesting in YAML lists", "- ".repeat(100_000), "stdin:1:403: this is nested too deeply"],
    [
      "YAML that contains itself",
      "x-a: &a [*a]\ntasks: [{backend: claude, prompt: p}]",
      "stdin:1:10: x-a[0][0]: is nested more than 100 levels deep",
    ],
    [
      "a number that JSON lacks",
      "tasks: [{backend: claude, prompt: p, meta: {a: .inf}}]",
      "stdin:1:48: tasks[0].meta.a: is not a number that JSON can hold",
    ],
  ])("%s", async (_name, text, message) => {
    expect(await read(text)).toEqual(one(message));
  });

  it("aliases that multiply each other", async () => {
    const lines = ["x-0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `x-${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(",")}]`,
      );
    expect(await read([...lines, "tasks: []"].join("\n"))).toEqual(
      one("stdin: its aliases (`*name`) expand to too much"),
    );
  });

  it("shows 50 problems of many", async () => {
    const lines = (await read(JSON.stringify(Array(70).fill({ ...task, x: 1 })))) as string[];
    expect(lines).toHaveLength(52);
    expect(lines.slice(49)).toEqual([
      expect.stringContaining("tasks[49].x: unknown key"),
      "… and 20 more",
      "70 problems; nothing was run.",
    ]);
  });
});

describe("syntax errors", () => {
  it.each([
    ["a missing comma", '[{"backend": "claude" "prompt": "x"}]', '1:23: a comma is missing before `"prompt"`'],
    [
      "a missing closing quote",
      '[{"backend": "claude}]',
      '1:14: this string has no closing `"` on its line — a line break inside a string is written `\\n`',
    ],
    ["single quotes", "{'tasks': []}", "1:2: expected double quotes, got `'tasks'`"],
    ["a bare name", "{tasks: []}", "1:2: a name needs double quotes, got `tasks`"],
    [
      "typographic quotes",
      "{“tasks”: []}",
      '1:2: expected straight quotes, got the typographic ones of `“tasks”` — write `"`',
    ],
    ["another language's word", '{"fail_fast": True}', "1:15: `True` is not a JSON value — write `true`"],
    ["bare text", '[{"backend": claude}]', "1:14: `claude` is not a JSON value — text needs double quotes"],
    ["two commas in a list", "[1,,2]", "1:4: there is one comma too many"],
    ["two commas in an object", '{"a": 1,, "b": 2}', "1:9: there is one comma too many"],
    ["a missing colon", '{"tasks" []}', "1:10: a `:` is missing after the name"],
    ["a missing value", '{"tasks": }', "1:11: expected a value before `}`"],
    [
      "a tab in a string",
      '[{"prompt": "a\tb"}]',
      "1:15: a string may not hold a control character — a tab is written `\\t`",
    ],
    [
      "a bad escape",
      '[{"prompt": "C:\\\\dir\\Users"}]',
      "1:21: `\\U` is not an escape that JSON knows — a backslash is written `\\\\`",
    ],
    ["a bad unicode escape", '[{"prompt": "\\u12"}]', "1:14: `\\u` needs four hexadecimal digits"],
    ["an early end", '{"tasks": [\n', "2:1: the text ends too early: a closing `]` is missing"],
    ["a late end", '{"tasks": []}}', "1:14: expected nothing more, got `}` — a file holds one JSON value"],
    ["an open comment", "/* x", "1:1: this comment is not closed — end it with `*/`"],
    ["bad indentation", "tasks:\n  - backend: claude\n   prompt: x", "3:1: sequence item without - indicator"],
    ["a tab as indentation", "tasks:\n\t- a", "2:1: lines are indented with spaces, not with tabs"],
    ["a colon in YAML text", "tasks:\n - prompt: a: b", "2:12: text with `: ` in it needs quotes"],
    ["an open quote in YAML", 'tasks:\n - prompt: "a', "2:14: a closing quote is missing"],
    ["an alias of nothing", "tasks: *x", "1:8: there is no anchor `&x` before this alias"],
    ["an unknown tag", "tasks: !!binary abc", "1:8: this tag is not supported (tag:yaml.org,2002:binary)"],
    ["two documents", "tasks: []\n---\ntasks: []", "2:1: there is a second document; a file holds one"],
    [
      "a control character is shown, not obeyed",
      "[\u001b[31m]",
      "1:2: `\\u001b` is not a JSON value — text needs double quotes",
    ],
  ])("%s", async (_name, text, message) => {
    expect(await read(text)).toEqual(one(`stdin:${message}`));
  });
});

describe("files that can't be read", () => {
  it("missing, with the name that was meant", async () => {
    write("near/tasks.json", "[]");
    expect(await read({ path: "near/task.json" })).toEqual(
      one("near/task.json: there is no such file — did you mean `tasks.json`?"),
    );
    expect(await read({ path: "no/dir/x.json" })).toEqual(
      one("no/dir/x.json: there is no such file, nor the directory it would be in"),
    );
    expect(await read({ path: "near/tasks.json/x" })).toEqual(
      one("near/tasks.json/x: there is no such file: a part of its path is not a directory"),
    );
  });

  it("a directory", async () => {
    mkdirSync(join(dir, "folder"));
    expect(await read({ path: "folder" })).toEqual(one("folder: this is a directory, not a file"));
  });

  it("an empty file", async () => {
    const message = 'there is nothing in it — a task file looks like {"tasks": [ … ]}';
    expect(await read({ path: write("empty.json", " \n") })).toEqual(one(`empty.json: ${message}`));
    expect(await read("")).toEqual(one(`stdin: ${message}`));
  });

  it("binary files", async () => {
    expect(await read({ path: write("nul.json", "PK\0\0") })).toEqual(
      one("nul.json: this is not a text file: it holds NUL bytes"),
    );
    expect(await read({ path: write("bin.json", Uint8Array.of(0x89, 0x50, 0xff)) })).toEqual(
      one("bin.json: this is not a text file: its bytes are not UTF-8"),
    );
    expect(await read({ path: write("utf16.json", Uint8Array.of(0xff, 0xfe, 0x5b, 0)) })).toEqual(
      one("utf16.json: this file is UTF-16, not UTF-8 — save it as UTF-8"),
    );
    expect(await read({ name: "stdin", text: "\uFFFD", invalid_utf8: true })).toEqual(
      one("stdin: this is not text: its bytes are not UTF-8"),
    );
  });

  it("100 MB, without reading them", async () => {
    truncateSync(join(dir, write("big.json", "")), 100 * 1024 * 1024);
    expect(await read({ path: "big.json" })).toEqual(one("big.json: this is too large (100 MiB): the limit is 16 MiB"));
    expect(await read({ path: "/dev/zero" })).toEqual(one("/dev/zero: this is too large: the limit is 16 MiB"));
  });
});
