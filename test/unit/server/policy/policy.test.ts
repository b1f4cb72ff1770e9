// What a caller may ask for, through the same door as every request: each test fails if its rule is removed.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PrepareRequest, prepare } from "../../../../src/app/prepare.js";
import type { Config } from "../../../../src/schema/config.js";
import type { ServerConfig } from "../../../../src/schema/config-server.js";
import { serverPolicy } from "../../../../src/server/policy/policy.js";

let root: string;
let cwd: string;
let home: string;
let config: Config;
let server: ServerConfig | undefined;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "policy-")));
  cwd = join(root, "served");
  mkdirSync(join(cwd, "sub"), { recursive: true });
  mkdirSync(join(root, "secret"));
  writeFileSync(join(cwd, "prompt.txt"), "from a file");
  symlinkSync(join(root, "secret"), join(cwd, "link"));
  symlinkSync(join(cwd, "sub"), join(cwd, "short"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  config = {};
  server = undefined;
  home = join(root, "home");
});

async function ask(body: unknown, more: Partial<PrepareRequest> = {}) {
  const prepared = await prepare({
    source: { name: "body", value: body },
    flags: {},
    config: { config, path: undefined, clinvk_home: home, origin: () => "default" },
    env: {},
    cwd,
    policy: serverPolicy({ server, cwd, clinvk_home: home }),
    ...more,
  });
  return prepared.ok
    ? { tasks: prepared.value.plan.tasks, judge: prepared.value.plan.judge, problems: [] }
    : { tasks: [], judge: undefined, problems: prepared.error.map(({ path, message }) => `${path}: ${message}`) };
}

const task = { backend: "claude", prompt: "hello" };
const asOne = (fields: object) => ({ tasks: [{ ...task, ...fields }] });
const problemsOf = async (body: unknown) => (await ask(body)).problems;
const OUTSIDE = "is in none of the directories that this server allows";

it("a plain task runs where the server was started, and is a stranger's", async () => {
  const { tasks, problems } = await ask(asOne({}));
  expect(problems).toEqual([]);
  expect(tasks[0]).toMatchObject({ workdir: cwd, untrusted: true });
});

it("a custom backend, which no option confines, is refused unless the owner allows it", async () => {
  config = { backends: { echo: { command: ["/bin/cat"] } } };
  expect(await problemsOf(asOne({ backend: "echo" }))).toEqual([
    "tasks[0].backend: callers may not ask for the custom backend echo",
  ]);
  expect(await problemsOf({ defaults: { fallback: ["echo"] }, tasks: [task] })).toEqual([
    "defaults.fallback[0]: callers may not ask for the custom backend echo",
  ]);
  server = { allow_unsafe: true };
  expect(await problemsOf(asOne({ backend: "echo" }))).toEqual([]);
});

it("without a policy it is the user's own", async () => {
  const prepared = await prepare({
    source: { name: "body", value: asOne({ approval_mode: "none", workdir: root }) },
    flags: {},
    env: { HOME: root, CLINVK_HOME: join(root, "home") },
    cwd,
  });
  expect(prepared.ok && prepared.value.plan.tasks[0]).toMatchObject({ untrusted: false, workdir: root });
});

describe("workdir", () => {
  const inTask = (workdir: string) => problemsOf(asOne({ workdir }));

  it("is the real directory from then on", async () => {
    const { tasks } = await ask({ tasks: [{ ...task, workdir: join(cwd, "short") }] });
    expect(tasks[0]?.workdir).toBe(join(cwd, "sub"));
  });

  it("must be absolute", async () => {
    expect(await inTask("sub")).toEqual(["tasks[0].workdir: callers must name an absolute path"]);
  });

  it("must be inside, wherever it leads, and nobody learns what is outside", async () => {
    for (const path of [
      root,
      `${cwd}x`,
      join(root, "secret"),
      join(cwd, "link"),
      `${cwd}/../secret`,
      join(root, "none"),
    ])
      expect(await inTask(path)).toEqual([`tasks[0].workdir: the directory ${JSON.stringify(path)} ${OUTSIDE}`]);
  });

  it("must exist, and be a directory", async () => {
    expect(await inTask(join(cwd, "none"))).toEqual([
      `tasks[0].workdir: the directory ${JSON.stringify(join(cwd, "none"))} does not exist`,
    ]);
    expect(await inTask(join(cwd, "prompt.txt"))).toEqual([
      `tasks[0].workdir: ${join(cwd, "prompt.txt")} is not a directory`,
    ]);
  });

  it("of `defaults` is checked once, and counts for tasks without one", async () => {
    const defaults = { workdir: join(cwd, "short") };
    const { tasks } = await ask({ defaults, tasks: [task, { ...task, workdir: cwd }] });
    expect(tasks.map(({ workdir }) => workdir)).toEqual([join(cwd, "sub"), cwd]);
    const outside = { defaults: { workdir: "/" }, tasks: [task, task] };
    expect(await problemsOf(outside)).toEqual([`defaults.workdir: the directory "/" ${OUTSIDE}`]);
  });

  it("of a judge is its own", async () => {
    const judge = { ...task, prompt: "{{results}}", workdir: join(cwd, "short") };
    expect((await ask({ tasks: [task], judge })).judge?.workdir).toBe(join(cwd, "sub"));
    expect(await problemsOf({ tasks: [task], judge: { ...judge, workdir: root } })).toEqual([
      `judge.workdir: the directory ${JSON.stringify(root)} ${OUTSIDE}`,
    ]);
  });

  it("may be in any of the configured directories, and only there", async () => {
    server = { allowed_workdir_prefixes: [join(root, "secret"), "sub"] };
    expect(await inTask(join(root, "secret"))).toEqual([]);
    expect(await inTask(join(cwd, "sub"))).toEqual([]);
    expect(await inTask(cwd)).toEqual([`tasks[0].workdir: the directory ${JSON.stringify(cwd)} ${OUTSIDE}`]);
    expect(await problemsOf(asOne({}))).toEqual([
      `tasks[0]: \`workdir\` is missing, and the directory in which the server was started ${OUTSIDE}`,
    ]);
  });
});

describe("clinvk's own files", () => {
  const HOLDS = "contains clinvk's own files (configuration, keys, recorded runs), which an agent could change";
  const INSIDE = "is inside the directory of clinvk's own files (configuration, keys, recorded runs)";

  it("are in no directory of a task, named or not", async () => {
    home = join(cwd, ".clinvk");
    expect(await problemsOf(asOne({}))).toEqual([
      `tasks[0]: \`workdir\` is missing, and the directory in which the server was started ${HOLDS}`,
    ]);
    expect(await problemsOf(asOne({ workdir: cwd }))).toEqual([
      `tasks[0].workdir: the directory ${JSON.stringify(cwd)} ${HOLDS}`,
    ]);
    const sub = join(cwd, "sub");
    expect(await problemsOf(asOne({ workdir: sub }))).toEqual([]);
    home = cwd;
    expect(await problemsOf(asOne({ workdir: sub }))).toEqual([
      `tasks[0].workdir: the directory ${JSON.stringify(sub)} ${INSIDE}`,
    ]);
  });

  it("are no concern of an owner who allows everything", async () => {
    home = join(cwd, ".clinvk");
    server = { allow_unsafe: true };
    expect(await problemsOf(asOne({}))).toEqual([]);
    home = cwd;
    expect(await problemsOf(asOne({ workdir: join(cwd, "sub") }))).toEqual([]);
  });
});

describe("files and rights", () => {
  const refused: [string, object, string][] = [
    ["output_dir", { output_dir: "out", ...asOne({}) }, "output_dir: callers may not write into directories"],
    ["approval_mode", asOne({ approval_mode: "none" }), "tasks[0].approval_mode: callers may not ask for `none`"],
    ["sandbox_mode", asOne({ sandbox_mode: "full" }), "tasks[0].sandbox_mode: callers may not ask for `full`"],
    ["expect.command", asOne({ expect: { command: "x" } }), "tasks[0].expect.command: callers may not name commands"],
    [
      "defaults",
      { defaults: { approval_mode: "none" }, tasks: [task] },
      "defaults.approval_mode: callers may not ask for `none`",
    ],
    [
      "the judge",
      { tasks: [task], judge: { ...task, prompt: "{{results}}", sandbox_mode: "full" } },
      "judge.sandbox_mode: callers may not ask for `full`",
    ],
  ];
  it.each(refused)("%s is refused", async (_, body, problem) => {
    expect(await problemsOf(body)).toEqual([problem]);
  });

  it("the owner can allow rights, but no directory for answers", async () => {
    server = { allow_unsafe: true };
    for (const [what, body] of refused) expect((await problemsOf(body)).length).toBe(what === "output_dir" ? 1 : 0);
  });

  it("what the owner's configuration says is the owner's choice", async () => {
    config = { unified_flags: { approval_mode: "none" }, backends: { claude: { extra_flags: ["--add-dir", "/x"] } } };
    expect((await ask(asOne({}))).tasks[0]).toMatchObject({ approval_mode: "none", extra: ["--add-dir", "/x"] });
  });

  it.each(["prompt.txt", "/etc/passwd", "none"])("prompt_file %s is not even looked at", async (prompt_file) => {
    expect(await problemsOf({ tasks: [{ backend: "claude", prompt_file }] })).toEqual([
      `tasks[0].prompt_file: can't read "${prompt_file}": tasks from outside may name no files`,
    ]);
  });

  it("MCP servers stay off", async () => {
    const problem = "`mcp: true` is not for a task that comes from outside";
    expect(await problemsOf(asOne({ mcp: true }))).toEqual([`tasks[0].mcp: ${problem}`]);
    expect(await problemsOf({ defaults: { mcp: true }, tasks: [task] })).toEqual([`defaults.mcp: ${problem}`]);
  });
});

describe("extra", () => {
  const no = (flag: string) => `${JSON.stringify(flag)} is no flag that callers may use`;

  it("is judged by the task's backend", async () => {
    const effort = ["--effort", "high"];
    expect(await problemsOf(asOne({ extra: effort }))).toEqual([]);
    expect(await problemsOf(asOne({ backend: "codex", extra: effort }))).toEqual([
      `tasks[0].extra[0]: ${no("--effort")}`,
      `tasks[0].extra[1]: ${no("high")}`,
    ]);
  });

  it("of `defaults` is judged by the backends that it meets, once each", async () => {
    const body = (...backends: string[]) => ({
      defaults: { backend: "claude", extra: ["--effort=high"] },
      tasks: backends.map((backend) => ({ backend, prompt: "x" })),
    });
    expect(await problemsOf(body("claude", "claude"))).toEqual([]);
    expect(await problemsOf(body("claude", "gemini", "gemini"))).toEqual([`defaults.extra[0]: ${no("--effort=high")}`]);
    const overridden = { defaults: { extra: ["-y"] }, tasks: [{ ...task, extra: [] }] };
    expect(await problemsOf(overridden)).toEqual([]);
    expect(await problemsOf({ defaults: { backend: "gemini", extra: ["-y"] }, tasks: [{ prompt: "x" }] })).toEqual([
      `defaults.extra[0]: ${no("-y")}`,
    ]);
  });

  it("is not possible with a custom backend, and is judged for a judge too", async () => {
    config = { backends: { mine: { command: ["cat"] } } };
    server = { allow_unsafe: true };
    expect(await problemsOf(asOne({ backend: "mine", extra: ["-x"] }))).toEqual([`tasks[0].extra[0]: ${no("-x")}`]);
    const judge = { ...task, prompt: "{{results}}", extra: ["--settings=x"] };
    expect(await problemsOf({ tasks: [task], judge })).toEqual([`judge.extra[0]: ${no("--settings=x")}`]);
  });

  it("is the owner's list even when unsafe tasks are allowed", async () => {
    server = { allow_unsafe: true };
    expect(await problemsOf(asOne({ extra: ["--settings=x"] }))).toEqual([`tasks[0].extra[0]: ${no("--settings=x")}`]);
  });
});

it("reports all problems together, also those of the plan", async () => {
  const tasks = [
    { ...task, id: "x", workdir: "/", approval_mode: "none" },
    { ...task, id: "x", prompt: " " },
  ];
  const problems = await problemsOf({ tasks, output_dir: "o" });
  expect(problems.map((text) => text.split(":")[0])).toEqual([
    "output_dir",
    "tasks[0].approval_mode",
    "tasks[0].workdir",
    "tasks[1].id",
    "tasks[1].prompt",
  ]);
});

it("a chain goes through the same rules, in the words of its file", async () => {
  const steps = [
    { ...task, workdir: "/", sandbox_mode: "full" },
    { ...task, prompt_file: "x", prompt: undefined },
  ];
  expect((await ask({ steps: steps.slice(0, 1) }, { kind: "chain" })).problems).toEqual([
    "steps[0].sandbox_mode: callers may not ask for `full`",
    `steps[0].workdir: the directory "/" ${OUTSIDE}`,
  ]);
  expect((await ask({ steps: steps.slice(1) }, { kind: "chain" })).problems).toHaveLength(1);
});
