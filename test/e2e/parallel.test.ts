import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";
import { isAlive, until } from "../rig/alive.js";
import { type Finished, Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";
import { timeless } from "../rig/timeless.js";

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

const THREE = {
  tasks: [
    { backend: "claude", prompt: "Review architecture", name: "Architecture Review" },
    { backend: "codex", prompt: "Check performance", name: "Performance Analysis" },
    { backend: "gemini", prompt: "Audit security", name: "Security Audit" },
  ],
};

function claudes(count: number, extra: object = {}) {
  const tasks = Array.from({ length: count }, (_, i) => ({ backend: "claude", prompt: `prompt ${i + 1}` }));
  return { tasks, ...extra };
}

function parse(finished: Finished): RunResult {
  return JSON.parse(finished.stdout) as RunResult;
}

describe("reports", () => {
  it("prints a block per task as it completes and then the summary", async () => {
    const run = space.start(["parallel", space.file("tasks.json", THREE), "--progress", "none"]);
    await (await clis.next({ name: "codex" })).answer("Checking algorithmic complexity...");
    await run.printed("Checking algorithmic");
    await (await clis.next({ name: "claude" })).answer("Analyzing code structure...");
    await run.printed("Analyzing");
    await (await clis.next({ name: "gemini" })).answer("Scanning for vulnerabilities...");
    const { code, stdout, stderr } = await run.done;
    expect(stderr).toBe("");
    expect(timeless(stdout)).toBe(`Executing 3 tasks with max 3 parallel workers
========================================

[codex] Performance Analysis
Checking algorithmic complexity...

[claude] Architecture Review
Analyzing code structure...

[gemini] Security Audit
Scanning for vulnerabilities...

========================================
PARALLEL EXECUTION SUMMARY
========================================
TASK                BACKEND     STATUS   DURATION   OUTPUT
Architecture Review claude      OK       0.00s      Complete
Performance Analysis codex      OK       0.00s      Complete
Security Audit      gemini      OK       0.00s      Complete
----------------------------------------
Total: 3/3 tasks completed (0.00s)
`);
    expect(code).toBe(0);
  });

  it("reads the task file from stdin", async () => {
    const run = space.start(["parallel", "--json"], { stdin: JSON.stringify(THREE.tasks) });
    for (const name of ["claude", "codex", "gemini"] as const) await (await clis.next({ name })).answer(`from ${name}`);
    const result = parse(await run.done);
    expect(result).toMatchObject({ total_tasks: 3, completed_tasks: 3, failed_tasks: 0 });
    expect(
      result.results.map(({ task_id, backend, content, exit_code }) => [task_id, backend, content, exit_code]),
    ).toEqual([
      ["task-1", "claude", "from claude", 0],
      ["task-2", "codex", "from codex", 0],
      ["task-3", "gemini", "from gemini", 0],
    ]);
  });

  it("--quiet shows the summary only, --keep-order the blocks in file order", async () => {
    const file = space.file("tasks.json", THREE);
    const quiet = space.start(["parallel", "-f", file, "--quiet"]);
    for (const name of ["claude", "codex", "gemini"] as const) await (await clis.next({ name })).answer("hidden");
    expect((await quiet.done).stdout).toMatch(/^=+\nPARALLEL EXECUTION SUMMARY\n/);

    const ordered = space.start(["parallel", "-f", file, "-k", "--max-parallel", "3"]);
    const [first, second, third] = [
      await clis.next({ name: "claude" }),
      await clis.next({ name: "codex" }),
      await clis.next({ name: "gemini" }),
    ];
    await third.answer("three");
    await second.answer("two");
    await first.answer("one");
    const { stdout } = await ordered.done;
    expect(stdout.match(/^(one|two|three)$/gm)).toEqual(["one", "two", "three"]);
  });

  it("writes the output directory as tasks end, private and whole", async () => {
    const file = space.file("tasks.json", { ...THREE, output_dir: "./parallel-results" });
    const dir = join(space.dir, "parallel-results");
    const run = space.start(["parallel", "-f", file]);
    await (await clis.next({ name: "codex" })).answer("second");
    await run.printed("second");
    expect(readFileSync(join(dir, "task-2-codex.md"), "utf8")).toBe("second");
    await (await clis.next({ name: "claude" })).answer("first");
    await (await clis.next({ name: "gemini" })).answer("third");
    await run.done;
    expect(readdirSync(dir).sort()).toEqual([
      "summary.json",
      "task-1-claude.md",
      "task-2-codex.md",
      "task-3-gemini.md",
    ]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    const summary = JSON.parse(readFileSync(join(dir, "summary.json"), "utf8")) as RunResult;
    expect(summary.results.map((result) => result.content)).toEqual(["first", "second", "third"]);
  });

  it("--events - writes every event as one line", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(1)), "--events", "-"]);
    await (await clis.next()).answer("hello");
    const { stdout, code } = await run.done;
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; type: string });
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map((event) => event.type)).toEqual(
      expect.arrayContaining(["run_started", "task_started", "task_finished", "run_finished"]),
    );
    expect(code).toBe(0);
  });

  it("keeps the results in the other places when stdout is full", async () => {
    const file = space.file("tasks.json", claudes(1, { output_dir: "out" }));
    const run = space.start(["parallel", "-f", file, "--json"], { stdout: "/dev/full" });
    await (await clis.next()).answer("kept");
    const { stderr } = await run.done;
    expect(stderr).toContain("stdout");
    expect(readFileSync(join(space.dir, "out", "task-1-claude.md"), "utf8")).toBe("kept");
    expect(JSON.parse(readFileSync(join(space.dir, "out", "summary.json"), "utf8"))).toMatchObject({
      completed_tasks: 1,
    });
  });

  it.runIf(existsSync("/dev/full"))("fails in every command whose result can't be written", async () => {
    const { code, stderr } = await space.run(["config", "show"], { stdout: "/dev/full" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "clinvk: can't write to stdout: the disk is full (ENOSPC)\n" });
  });

  it("stops quietly, and stops spending, when nobody reads its output any more", async () => {
    const file = space.file("tasks.json", claudes(2, { max_parallel: 1 }));
    const run = space.start(["parallel", "-f", file, "--progress", "none"]);
    await run.printed("Executing");
    run.child.stdout?.destroy();
    await (await clis.next()).answer("nobody reads this");
    const { stderr } = await run.done;
    expect(stderr).toBe("");
    expect(clis.waiting).toHaveLength(0);
  });

  it("shows the steps of a verbose task on stderr and keeps them beside the answer", async () => {
    const tasks = [{ backend: "claude", prompt: "p", verbose: true }];
    const run = space.start(["parallel", "-f", space.file("t.json", { tasks, output_dir: "out" })]);
    const claude = await clis.next();
    await claude.records({
      type: "assistant",
      message: { content: [{ type: "tool_use", id: "t1", name: "Bash", input: { command: "echo hi" } }] },
    });
    await claude.stderr("a note of the CLI\n");
    await run.printed("echo hi");
    await claude.answer("done");
    const { stderr } = await run.done;
    expect(stderr).toMatch(/^\[task-1\] \$ echo hi$/m);
    expect(stderr).toContain("[task-1] ");
    const log = readFileSync(join(space.dir, "out", "task-1-claude.log"), "utf8");
    expect(log).toContain("echo hi");
    expect(log).toContain("a note of the CLI");
  });
});

describe("what the CLIs get", () => {
  it("passes prompt and system prompt by stdin and files, never by argv", async () => {
    const secret = "PROMPT-THAT-PS-MUST-NOT-SHOW";
    const system = "SYSTEM-THAT-PS-MUST-NOT-SHOW";
    const backends = ["claude", "codex", "gemini"] as const;
    const tasks = backends.map((backend) => ({
      backend,
      prompt: `-${secret}\n--x`,
      system_prompt: system,
      append_system_prompt: system,
    }));
    const run = space.start(["parallel", "-f", space.file("t.json", tasks)]);
    for (const name of backends) {
      const invocation = await clis.next({ name });
      // codex takes instructions by flag only, so there they are part of the text on stdin.
      expect(invocation.stdin.endsWith(`-${secret}\n--x`)).toBe(true);
      const argv = readFileSync(`/proc/${invocation.pid}/cmdline`, "utf8");
      expect(argv).not.toContain(secret);
      expect(argv).not.toContain(system);
      expect(Object.values(invocation.env).join("\n")).not.toContain(secret);
      await invocation.answer("ok");
    }
    expect((await run.done).code).toBe(0);
  });

  it("runs at most max_parallel at once, and that many while there is work", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(6, { max_parallel: 2 }))]);
    const alive: { pid: number; answer(text: string): Promise<void> }[] = [];
    for (let started = 0; started < 6; started += 1) {
      alive.push(await clis.next());
      if (alive.length === 2) {
        expect(clis.waiting).toHaveLength(0);
        await alive.shift()?.answer("ok");
      }
    }
    await alive[0]?.answer("ok");
    expect((await run.done).code).toBe(0);
  });

  it("gives piped text to every task as context", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(2))], { stdin: "const a = 1;\n" });
    for (let i = 0; i < 2; i += 1) {
      const invocation = await clis.next();
      expect(invocation.stdin).toMatch(/^prompt \d\n\n<stdin>\nconst a = 1;\n<\/stdin>$/);
      await invocation.answer("ok");
    }
    expect((await run.done).stderr).toContain("read 13 bytes of context from stdin");
  });

  it("leaves no prompt and no answer behind in any home or temporary directory", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", THREE)]);
    const homes: string[] = [];
    for (const name of ["claude", "codex", "gemini"] as const) {
      const invocation = await clis.next({ name });
      homes.push(invocation.env.TMPDIR ?? "");
      await invocation.answer("an answer");
    }
    await run.done;
    expect(homes.every((dir) => dir.startsWith(join(space.home, ".clinvk", "tmp")))).toBe(true);
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
    expect(readdirSync(space.home)).toEqual([".clinvk"]);
  });
});

describe("failures", () => {
  it.each([
    ["prints garbage", (cli) => cli.stdout("\u0000\u0001 not json\n<html>").then(() => cli.exit(0))],
    ["prints half a record and dies", (cli) => cli.stdout('{"type":"result","resu').then(() => cli.exit(1))],
    ["exits 0 with nothing", async (cli) => cli.exit(0)],
    ["dies by a signal", async (cli) => cli.kill("SIGKILL")],
  ] satisfies [string, (cli: FakeInvocation) => unknown][])(
    "a CLI that %s is one failed task with a reason; the others are unharmed",
    async (_, misbehave) => {
      const run = space.start(["parallel", "-f", space.file("t.json", claudes(2)), "--json"]);
      await misbehave(await clis.next({ prompt: "prompt 1" }));
      await (await clis.next({ prompt: "prompt 2" })).answer("fine");
      const finished = await run.done;
      const result = parse(finished);
      expect(finished.code).toBe(1);
      expect(result).toMatchObject({ total_tasks: 2, completed_tasks: 1, failed_tasks: 1 });
      expect(result.results[0]).toMatchObject({ status: "FAILED", content: expect.any(String) });
      expect(result.results[0]?.exit_code).not.toBe(0);
      expect(result.results[0]?.failure?.message).toMatch(/\S+ \S+/);
      expect(result.results[1]).toMatchObject({ status: "OK", content: "fine" });
    },
  );

  it("a CLI that is not installed fails only its tasks and says how to install it", async () => {
    const onlyClaude = await FakeClis.start(["claude"]);
    const own = new Workspace({ bin: [onlyClaude.bin] });
    const run = own.start(["parallel", "-f", own.file("t.json", THREE), "--json"], {
      env: { PATH: `${onlyClaude.bin}:/usr/bin:/bin` },
    });
    await (await onlyClaude.next()).answer("fine");
    const result = parse(await run.done);
    expect(result.results.map(({ status, exit_code }) => [status, exit_code])).toEqual([
      ["OK", 0],
      ["FAILED", 127],
      ["FAILED", 127],
    ]);
    expect(result.results[1]?.failure?.hint).toContain("clinvk backends install codex");
    await onlyClaude.close();
    own.close();
  });

  it("--fail-fast stops everything, tool children in their own sessions included", async () => {
    const run = space.start([
      "parallel",
      "-f",
      space.file("t.json", claudes(4, { max_parallel: 2 })),
      "--fail-fast",
      "--json",
    ]);
    const busy = await clis.next({ prompt: "prompt 2" });
    const child = await busy.leaveChild();
    await busy.ignoreTerm();
    (await clis.next({ prompt: "prompt 1" })).exit(3);
    const finished = await run.done;
    expect(finished.code).toBe(1);
    expect(parse(finished).results.map(({ status }) => status)).toEqual(["FAILED", "CANCELED", "CANCELED", "CANCELED"]);
    expect([isAlive(busy.pid), isAlive(child)]).toEqual([false, false]);
  });

  it("a child that a finished task left behind is stopped, after a success too", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(1)), "--json"]);
    const claude = await clis.next();
    const child = await claude.leaveChild();
    await claude.answer("done");
    expect(parse(await run.done).results[0]?.status).toBe("OK");
    expect(isAlive(child)).toBe(false);
  });
});

describe("interruption", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "%s stops what runs, still prints the summary and writes the directory, and exits with %i",
    async (signal, code) => {
      const file = space.file("t.json", claudes(3, { max_parallel: 2, output_dir: "out" }));
      const run = space.start(["parallel", "-f", file, "--json"]);
      const first = await clis.next();
      const second = await clis.next();
      const child = await second.leaveChild();
      await first.answer("finished before");
      const third = await clis.next();
      run.child.kill(signal);
      const finished = await run.done;
      expect(finished.code).toBe(code);
      const result = parse(finished);
      expect(result).toMatchObject({ total_tasks: 3, completed_tasks: 1, canceled_tasks: 2 });
      expect(JSON.parse(readFileSync(join(space.dir, "out", "summary.json"), "utf8"))).toEqual(result);
      expect([second.pid, third.pid, child].map(isAlive)).toEqual([false, false, false]);
    },
  );

  it("a second Ctrl-C kills at once what ignores the first", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(1))]);
    const stubborn = await clis.next();
    await stubborn.ignoreTerm();
    run.child.kill("SIGINT");
    await run.printed("stopping");
    run.child.kill("SIGINT");
    expect((await run.done).code).toBe(130);
    expect(isAlive(stubborn.pid)).toBe(false);
  });

  it("removes what a clinvk that was killed left in its scratch directory", async () => {
    const run = space.start(["parallel", "-f", space.file("t.json", claudes(1))]);
    const orphan = await clis.next();
    run.child.kill("SIGKILL");
    await run.done;
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toHaveLength(1);
    process.kill(orphan.pid, "SIGKILL");
    await until(() => !isAlive(orphan.pid));
    const next = space.start(["parallel", "-f", space.file("t.json", claudes(1))]);
    await (await clis.next()).answer("ok");
    await next.done;
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
  });
});

describe("dry run", () => {
  it("starts nothing, needs no CLI and shows the exact command", async () => {
    const { code, stdout } = await space.run(["parallel", "-f", space.file("t.json", THREE), "--dry-run"], {
      env: { PATH: "/usr/bin:/bin" },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Would execute: claude -p --output-format=stream-json");
    expect(stdout).toContain("Would execute: codex exec --json");
    expect(stdout).toContain("stdin");
    expect(stdout).toMatch(/Architecture Review claude +OK +\S+ +Dry run/);
    expect(stdout).not.toContain("Review architecture\n");
    expect(clis.waiting).toHaveLength(0);
  });
});
