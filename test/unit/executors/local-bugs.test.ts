// A bug of ours, in whatever part of an attempt, fails the task in which it happens; what is known of its answer is kept.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { backendsOf } from "../../../src/backends/index.js";
import type { Backend, OutputParser } from "../../../src/backends/shared/backend.js";
import { run } from "../../../src/engine/run.js";
import { LocalExecutor } from "../../../src/executors/local.js";
import { redactor } from "../../../src/redact/redact.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { TaskRecord } from "../../../src/schema/result.js";
import { makeTask, planOf } from "../../rig/plan.js";

const home = mkdtempSync(join(tmpdir(), "clinvk-bugs-"));
afterAll(() => rmSync(home, { recursive: true }));

const BUG = new RangeError("Invalid time zone specified: Etc/Unknown");
function fail(): never {
  throw BUG;
}

/** A backend of the configuration: prints two lines of text, or fails with a reason. */
function shell(script: string): Backend {
  const made = backendsOf({ backends: { own: { command: ["/bin/sh", "-c", script] } } }).get("own");
  if (made === undefined) throw new Error("no backend");
  return made;
}
const WORKS = "echo first; echo second";

/** The backend with a parser of which one method is replaced. */
function withParser(backend: Backend, change: (parser: OutputParser) => Partial<OutputParser>): Backend {
  return {
    ...backend,
    parser(task, offline) {
      const parser = backend.parser(task, offline);
      const whole = { push: (line: string) => parser.push(line), end: parser.end.bind(parser) };
      return { ...whole, ...change(parser) };
    },
  };
}

/** Runs two tasks, the first on the broken backend, and returns their results. */
async function results(broken: Backend): Promise<TaskRecord[]> {
  const events: RunEvent[] = [];
  const backends = new Map([
    ["broken", broken],
    ["own", shell(WORKS)],
  ]);
  const executor = new LocalExecutor({
    run_id: "20260101-000000-abcdef",
    asker: "test",
    backends,
    env: { PATH: process.env.PATH },
    clinvk_home: home,
    secrets: redactor({ env: [], patterns: [] }),
    onProblem: (message) => expect.unreachable(message),
  });
  const tasks = ["broken", "own"].map((backend, index) => makeTask({ index, backend }));
  await run({ plan: planOf(0, { tasks }), executor, onEvent: (event) => events.push(event) });
  executor.discard();
  expect(events.at(-1)).toMatchObject({ type: "run_finished" });
  return events
    .flatMap((event) => (event.type === "task_finished" ? [event.result] : []))
    .sort((a, b) => a.index - b.index);
}

const FAILED_BY_US = {
  status: "FAILED",
  failure: {
    kind: "crashed",
    message: `clinvk itself failed: RangeError: ${BUG.message}`,
    hint: "this is a bug in clinvk, not in the task: please report it",
  },
};

describe("a bug in a backend fails its task and no other", () => {
  it.each<[string, Backend, content: string]>([
    ["reads", { ...shell(WORKS), reads: fail }, ""],
    ["invocation", { ...shell(WORKS), invocation: fail }, ""],
    ["parser", { ...shell(WORKS), parser: fail }, ""],
    ["push", withParser(shell(WORKS), () => ({ push: fail })), ""],
    [
      "push, at the second line",
      withParser(shell(WORKS), ({ push }) => {
        let lines = 0;
        return { push: (line) => (++lines === 1 ? push(line) : fail()) };
      }),
      "first",
    ],
    [
      "end",
      withParser(shell(WORKS), () => ({ push: (line) => [{ type: "text", text: `${line}\n` }], end: fail })),
      "first\nsecond\n",
    ],
    ["login, of which a hint tells", { ...shell("echo 'Not logged in' >&2; exit 1"), login: fail }, ""],
  ])("%s", async (_, broken, content) => {
    const [first, second] = await results(broken);
    expect(first).toMatchObject({ ...FAILED_BY_US, content });
    expect(second).toMatchObject({ status: "OK", content: "first\nsecond" });
  });

  it("a CLI whose output we can't read any more is stopped", async () => {
    const endless = withParser(shell("echo first; exec sleep 1000"), () => ({ push: fail }));
    const [first] = await results(endless);
    expect(first).toMatchObject(FAILED_BY_US);
  });
});
