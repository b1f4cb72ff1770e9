// Resuming over HTTP what the command line, an older clinvk or a text editor has recorded: through the door of every request.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../../src/plan/plan.js";
import type { Config } from "../../../../src/schema/config.js";
import type { Task } from "../../../../src/schema/task.js";
import { serverPolicy } from "../../../../src/server/policy/policy.js";
import { admitRecorded } from "../../../../src/server/policy/recorded-plan.js";
import { makeTask, planOf } from "../../../rig/plan.js";

let root: string;
let cwd: string;
let home: string;
let config: Config;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "recorded-")));
  cwd = join(root, "served");
  mkdirSync(join(cwd, "sub"), { recursive: true });
  symlinkSync(root, join(cwd, "link"));
  symlinkSync(join(cwd, "sub"), join(cwd, "short"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  config = {};
  home = join(root, "home");
});

function admit(plan: Plan) {
  const loaded = { config, path: undefined, clinvk_home: home, origin: () => "default" as const };
  const policy = serverPolicy({ server: config.server, cwd, clinvk_home: home });
  return admitRecorded(plan, { flags: {}, config: loaded, env: {}, cwd, policy }, 3);
}

const task = (fields: Partial<Task> = {}) => makeTask({ workdir: cwd, ...fields });
const plan = (...tasks: Task[]) => planOf(0, { tasks });

async function admitted(recorded: Plan): Promise<Plan> {
  const result = await admit(recorded);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const refused: [string, Partial<Task>][] = [
  ["approval_mode none", { approval_mode: "none" }],
  ["sandbox_mode full", { sandbox_mode: "full" }],
  ["a command", { expect: { command: "true" } }],
  ["claude without permissions", { extra: ["--dangerously-skip-permissions"] }],
  ["claude's settings", { extra: ["--settings=x"] }],
  ["codex without sandbox", { backend: "codex", extra: ["--dangerously-bypass-approvals-and-sandbox"] }],
  ["gemini's yolo", { backend: "gemini", extra: ["--yolo"] }],
  ["MCP servers", { mcp: true }],
  ["a directory outside", { workdir: "/" }],
  ["a directory behind a link", { workdir: "LINK" }],
  ["a custom backend", { backend: "echo" }],
];

describe.each([
  ["as it is recorded", {}],
  // Somebody may have written that by hand: it proves nothing.
  ["with the word that it is a caller's", { untrusted: true }],
])("a task, %s, is refused with", (_how, more) => {
  it.each(refused)("%s", async (_what, { workdir, ...fields }) => {
    config = { backends: { echo: { command: ["/bin/cat"] } } };
    const where = workdir === "LINK" ? join(cwd, "link") : (workdir ?? cwd);
    const bad = task({ ...fields, ...more, workdir: where });
    const words = { ok: false, error: expect.stringContaining("clinvk runs resume") as string };
    expect(await admit(plan(task(), { ...bad, index: 1, id: "task-2" }))).toEqual(words);
    expect(await admit(plan(task({ fallbacks: [bad] })))).toEqual(words);
    const judge = { ...bad, index: 1, id: "judge", prompt: "{{results}}" };
    expect(await admit({ ...plan(task()), judge })).toEqual(words);
    expect(
      await admit({ ...plan(task()), judge: { ...judge, ...task(), prompt: "{{results}}", fallbacks: [bad] } }),
    ).toEqual(words);
  });
});

it("a directory for the answers is refused, and not made", async () => {
  expect(await admit({ ...plan(task()), output_dir: join(cwd, "out") })).toMatchObject({
    error: expect.stringContaining("callers may not write into directories") as string,
  });
});

it.each([
  ["contains", "", ".clinvk"],
  ["is inside", "sub", ""],
])("a directory that %s that of clinvk's own files is refused", async (where, workdir, own) => {
  home = join(cwd, own);
  const recorded = plan(task({ workdir: join(cwd, workdir) }));
  expect(await admit(recorded)).toMatchObject({ error: expect.stringContaining(where) as string });
  config = { server: { allow_unsafe: true } };
  expect((await admit(recorded)).ok).toBe(true);
});

it("allow_unsafe gives the rights, and still no flags, directories and servers", async () => {
  config = { server: { allow_unsafe: true } };
  expect((await admit(plan(task({ approval_mode: "none", sandbox_mode: "full" })))).ok).toBe(true);
  for (const fields of [{ extra: ["--dangerously-skip-permissions"] }, { workdir: "/" }, { mcp: true }])
    expect((await admit(plan(task(fields)))).ok).toBe(false);
});

it("a plain task is a stranger's from then on, in a real directory, and its fallbacks and judge too", async () => {
  const fallbacks = [task({ backend: "codex", model: "a-model" })];
  const judge = task({ index: 4, id: "judge", name: "Judge", prompt: "{{results}}", fallbacks });
  const recorded = plan(task({ index: 3, id: "task-4", workdir: join(cwd, "short"), model: "m", fallbacks }));
  const { tasks, judge: judged } = await admitted({ ...recorded, judge });
  expect(tasks).toMatchObject([
    {
      index: 3,
      id: "task-4",
      model: "m",
      untrusted: true,
      workdir: join(cwd, "sub"),
      fallbacks: [{ backend: "codex", model: "a-model", untrusted: true, id: "task-1" }],
    },
  ]);
  expect(judged).toMatchObject({ index: 4, id: "judge", untrusted: true, fallbacks: [{ untrusted: true }] });
});

it("what the owner's configuration gives to every caller is no reason to refuse", async () => {
  config = {
    unified_flags: { sandbox_mode: "full" },
    backends: { claude: { approval_mode: "none", extra_flags: ["--add-dir", "/x"], allowed_tools: ["Read"] } },
  };
  const own = { approval_mode: "none", sandbox_mode: "full", extra: ["--add-dir", "/x"] } as const;
  const { tasks } = await admitted(plan(task({ ...own, extra: [...own.extra] })));
  expect(tasks[0]).toMatchObject({ ...own, allowed_tools: ["Read"] });
  expect((await admit(plan(task({ extra: ["--add-dir", "/x", "--add-dir", "/"] })))).ok).toBe(false);
});

it("what no request can say is not believed: allowed tools, environment, session, the file's name", async () => {
  const session = { id: "s", home: "/somewhere", resume: { id: "x", usage: null } };
  const recorded = { ...plan(task({ allowed_tools: ["Bash"], env: { LD_PRELOAD: "/x.so" }, session })), session: "s" };
  const { tasks, session: turn } = await admitted(recorded);
  expect(tasks[0]).toMatchObject({ allowed_tools: [], env: {} });
  expect([tasks[0]?.session, turn]).toEqual([undefined, undefined]);
  for (const index of ["../../x", -1, 0.5, null])
    expect((await admit(plan(task({ index: index as number })))).ok).toBe(false);
});

it("more tasks than a request may have are refused", async () => {
  const tasks = Array.from({ length: 4 }, (_, index) => task({ index, id: `task-${index + 1}` }));
  expect((await admit(plan(...tasks.slice(1)))).ok).toBe(true);
  expect(await admit(plan(...tasks))).toMatchObject({ error: expect.stringContaining("may have 3") as string });
});

it("an old plan without what came later, and one that is no plan, are read as requests are", async () => {
  const { mcp: _, untrusted: __, output_limit_bytes: ___, ...old } = task();
  expect((await admitted(plan(old as Task))).tasks[0]).toMatchObject({ mcp: false, untrusted: true });
  expect((await admit(plan(task({ prompt: 5 as unknown as string })))).ok).toBe(false);
  expect((await admit(plan(task({ model: "--model" })))).ok).toBe(false);
});
