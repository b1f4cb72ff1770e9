// Nothing waits for ever: a CLI that does not exit or floods, a check that does not end.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import { isAlive, until } from "../rig/alive.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { FakeClis, goodAnswer, installFake } from "../rig/fake-clis.js";
import { noPty, PtyRun } from "../rig/pty.js";
import { eventually } from "../rig/tree/stub-tree.js";

let clis: FakeClis;
let space: Workspace;

beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  await clis?.close();
  space?.close();
});

function start(tasks: TaskInput[], file: Partial<TaskFile> = {}) {
  return space.start(["parallel", "-f", space.file("t.json", { ...file, tasks }), "--json"]);
}

const documentOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as RunResult;

it("an answer counts though its CLI prints it and does not exit", async () => {
  const run = start(BACKEND_NAMES.map((backend) => ({ backend, prompt: "p" })));
  for (const name of BACKEND_NAMES) {
    const cli = await clis.next({ name });
    await cli.ignoreTerm();
    await cli.records(...goodAnswer(name, `of ${name}`));
  }
  const { results } = documentOf(await run.done);
  const answered = (backend: string) => ({
    backend,
    status: "OK",
    exit_code: 0,
    content: `of ${backend}`,
    attempts: 1,
  });
  expect(results).toMatchObject(BACKEND_NAMES.map(answered));
});

it("no answer counts that rests on a tool which a stop has ended", async () => {
  const run = start([{ backend: "codex", prompt: "p", approval_mode: "auto", verbose: true }]);
  const cli = await clis.next();
  await cli.ignoreTerm();
  const call = { id: "item_0", type: "command_execution", command: "sleep 60", aggregated_output: "" };
  const [thread, turn, ...answer] = goodAnswer("codex", "The command has ended.");
  await cli.records(thread, turn, { type: "item.started", item: { ...call, status: "in_progress" } });
  await run.printed("sleep 60");
  run.child.kill("SIGTERM");
  await run.printed("stopping");
  await cli.records({ type: "item.completed", item: { ...call, exit_code: 143, status: "failed" } }, ...answer);
  cli.exit(0);
  const { results } = documentOf(await run.done);
  expect(results).toMatchObject([{ status: "CANCELED", content: "The command has ended.", exit_code: 130 }]);
});

describe("a check that does not end", () => {
  const hangs: TaskInput = { backend: "codex", id: "a", prompt: "p", expect: { command: "sleep 1000" } };
  const answer = async () => (await clis.next()).answer("paid for");

  it("fails at its own limit", async () => {
    const run = start([{ ...hangs, expect: { ...hangs.expect, timeout_seconds: 0.5 } }]);
    await answer();
    const failure = { kind: "check_failed", message: expect.stringContaining("expect.timeout_seconds") };
    expect(documentOf(await run.done).results).toMatchObject([{ status: "FAILED", content: "paid for", failure }]);
  });

  it.each([
    ["of the task", { timeout_seconds: 5 }, {}, "not done after 5 s; its answer was being checked"],
    ["of the run", {}, { deadline_seconds: 5 }, "the run's deadline of 5 s has passed; its answer was being checked"],
  ])("is TIMEOUT at the limit %s, its answer is kept and not paid for again", async (_, limit, file, message) => {
    const run = start([{ ...hangs, ...limit }], file);
    await answer();
    const { run_id, results, failed_tasks } = documentOf(await run.done);
    expect(failed_tasks).toBe(1);
    expect(results).toMatchObject([
      { status: "TIMEOUT", exit_code: 124, content: "paid for", failure: { kind: "timeout", message } },
    ]);
    const again = await space.run(["runs", "resume", run_id, "--json"]);
    expect(documentOf(again).results).toMatchObject([{ status: "TIMEOUT", attempts: 1 }]);
    expect(clis.waiting).toEqual([]);
  });

  it("is CANCELED if somebody cancels", async () => {
    const run = start([{ ...hangs, expect: { command: "touch checking; sleep 1000" } }]);
    await answer();
    await eventually(
      () => existsSync(join(space.dir, "checking")),
      () => clis.waiting,
    );
    run.child.kill("SIGINT");
    expect(documentOf(await run.done).results).toMatchObject([{ status: "CANCELED", content: "paid for" }]);
  });
});

describe("a CLI that floods with short lines", () => {
  /** A workspace in which all three CLIs are this shell script. */
  function flooding(script: string): Workspace {
    const root = join(space.dir, "flooding");
    for (const name of BACKEND_NAMES) installFake(root, name, `#!/bin/sh\n${script}\n`);
    return new Workspace({ bin: [join(root, "bin")] });
  }

  async function run(script: string, tasks: TaskInput[], act?: (run: Started) => Promise<void>) {
    const own = flooding(script);
    try {
      const running = own.start(["parallel", "-f", own.file("t.json", { tasks }), "--json", "--no-journal"]);
      await act?.(running);
      const finished = await running.done;
      return { ...finished, results: documentOf(finished).results };
    } finally {
      own.close();
    }
  }

  /** More than anybody can read within the limits below; then it stays. */
  const MUCH = "yes abc | head -c 300000000";
  const all = (more: Partial<TaskInput> = {}) => BACKEND_NAMES.map((backend) => ({ backend, prompt: "p", ...more }));

  it("is stopped when it has printed too much", async () => {
    const backends = ["claude", "codex"];
    const tasks = backends.map((backend) => ({ backend, prompt: "p", output_limit_bytes: 1000 }));
    const { results } = await run("exec yes abc", tasks);
    const message = expect.stringMatching(/^the CLI printed more than 134\d{6} bytes, for an answer of at most 1000$/);
    const failure = { kind: "output_limit", message };
    expect(results).toMatchObject(backends.map(() => ({ status: "FAILED", failure })));
  });

  it("also if it never ends a line", async () => {
    const { results } = await run("exec tr '\\0' a < /dev/zero", all({ output_limit_bytes: 1000 }));
    const message = expect.stringMatching(/^the CLI printed a line of more than 335\d{5} bytes, for an answer of at/);
    expect(results).toMatchObject(
      BACKEND_NAMES.map(() => ({ status: "FAILED", failure: { kind: "output_limit", message } })),
    );
  });

  it("also on stderr", async () => {
    const { results } = await run("exec yes abc >&2", all({ output_limit_bytes: 1000 }));
    expect(results).toMatchObject(BACKEND_NAMES.map(() => ({ failure: { kind: "output_limit" } })));
  });

  it("does not outrun the time limit of its task", async () => {
    const { results } = await run(`${MUCH}; sleep 1000`, all({ timeout_seconds: 2 }));
    expect(results).toMatchObject(BACKEND_NAMES.map(() => ({ status: "TIMEOUT" })));
  });

  it("does not outrun a signal", async () => {
    const { results, code } = await run(`${MUCH}; sleep 1000`, all(), async (running) => {
      await running.printed("gemini");
      running.child.kill("SIGTERM");
    });
    expect(results).toMatchObject(BACKEND_NAMES.map(() => ({ status: "CANCELED" })));
    expect(code).toBe(143);
  });

  it("has given an answer if its last record says so, whatever came before", async () => {
    const record = JSON.stringify(goodAnswer("claude", "paid for").at(-1));
    const { results } = await run(`${MUCH}; printf '%s\\n' '${record}'; sleep 1000`, [
      { backend: "claude", prompt: "p", timeout_seconds: 8 },
    ]);
    expect(results).toMatchObject([{ status: "OK", content: "paid for" }]);
  });
});

it.skipIf(noPty !== undefined)("a run whose terminal is closed stops all, and ends with 129", async () => {
  space.file("t.json", [{ backend: "claude", prompt: "p" }]);
  const code = join(space.dir, "code");
  // The inner shell outlives its terminal; the kernel tells the others when the outer one has ended.
  const run = new PtyRun(space, `(trap '' HUP; clinvk parallel -f t.json --json > out; echo $? > '${code}'); true`);
  const cli = await clis.next();
  await run.shows(/running|started/);
  run.hangUp();
  await until(() => existsSync(code) && readFileSync(code, "utf8") !== "", 30_000);
  expect(readFileSync(code, "utf8")).toBe("129\n");
  expect(documentOf({ stdout: readFileSync(join(space.dir, "out"), "utf8") })).toMatchObject({ canceled_tasks: 1 });
  expect(isAlive(cli.pid)).toBe(false);
});
