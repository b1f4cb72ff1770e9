// Nothing waits for ever: a CLI that does not exit, a check that does not end.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis, goodAnswer } from "../rig/fake-clis.js";
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
