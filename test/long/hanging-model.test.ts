// A model that never goes on: ended by our limits. Takes as long as the limits that it waits for.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, type Rules, realClis, runOffline, TOOLS } from "../rig/real-clis.js";

let space: Workspace;

beforeEach(() => {
  space = realClis();
});
afterEach(() => {
  for (const { pid } of processesWith(space.dir)) process.kill(pid, "SIGKILL");
  space.close();
});

function task(backend: BuiltInBackend, extra: Partial<TaskInput>): TaskInput {
  const workdir = join(space.dir, backend);
  mkdirSync(workdir, { recursive: true });
  return { backend, workdir, ...extra };
}

/** What each needs to run a command without a question. */
const FREE: Record<BuiltInBackend, Partial<TaskInput>> = {
  claude: {},
  codex: { approval_mode: "none" },
  gemini: { approval_mode: "none" },
};

it("each CLI ends in the time that we set, not in its own minutes, and what it said is kept", async () => {
  const tasks = BACKEND_NAMES.flatMap((backend) => [
    task(backend, { id: `${backend}-headers`, prompt: "headers", timeout_seconds: 20 }),
    task(backend, { id: `${backend}-stream`, prompt: "stream", idle_timeout_seconds: 20 }),
  ]);
  const { of } = await runOffline(space, {
    tasks,
    file: { max_parallel: 6 },
    flags: ["--no-journal"],
    rules: [
      { match: { prompt: "^headers" }, reply: { hang: "before_headers" } },
      { match: { prompt: "^stream" }, reply: { chunks: ["so far ", "never said"], hang: "mid_stream" } },
    ],
  });
  expect(processesWith(space.dir)).toEqual([]);
  for (const backend of BACKEND_NAMES) {
    expect(of(`${backend}-headers`)).toMatchObject({ status: "TIMEOUT", exit_code: 124, failure: { kind: "timeout" } });
    // codex shows no text before an answer is complete.
    expect(of(`${backend}-stream`)).toMatchObject({
      status: "FAILED",
      failure: { kind: "stalled" },
      content: backend === "codex" ? "" : "so far ",
    });
  }
});

it("with nothing set, each CLI ends by the default limits: the shorter one, and the longer one while a tool works", async () => {
  space.file("home/.clinvk/config.yaml", {
    unified_flags: { idle_timeout_secs: 20, tool_idle_timeout_secs: 60 },
    backends: { claude: { allowed_tools: ["Bash(sleep *)"] } },
  });
  const tasks = BACKEND_NAMES.flatMap((backend) => [
    task(backend, { id: `${backend}-silent`, prompt: "silent" }),
    task(backend, { id: `${backend}-works`, prompt: "works", ...FREE[backend] }),
    ...(backend === "codex" ? [] : [task(backend, { id: `${backend}-hangs`, prompt: "hangs", ...FREE[backend] })]),
  ]);
  const rules = BACKEND_NAMES.flatMap((backend): Rules => {
    const sleep = (seconds: number) => ({ tools: [TOOLS[backend].shell(`sleep ${seconds}`)], text: "slept" });
    return [
      { match: { backend, prompt: "^silent" }, reply: { hang: "before_headers" } },
      { match: { backend, prompt: "^works" }, reply: sleep(30) },
      // When the tool is stopped, a fast model could still answer before its CLI has ended.
      { match: { backend, prompt: "^hangs", step: 1 }, reply: { hang: "before_headers" } },
      { match: { backend, prompt: "^hangs" }, reply: sleep(1000) },
    ];
  });
  const { of } = await runOffline(space, { tasks, file: { max_parallel: 9 }, flags: ["--no-journal"], rules });
  expect(processesWith(space.dir)).toEqual([]);
  const stalled = (message: string) => ({ status: "FAILED", attempts: 1, failure: { kind: "stalled", message } });
  for (const backend of BACKEND_NAMES) {
    expect(of(`${backend}-silent`), backend).toMatchObject(stalled("the CLI printed nothing for 20 s"));
    expect(of(`${backend}-works`), backend).toMatchObject({ status: "OK", content: "slept" });
    // codex gives its model the word again after some seconds, and the command goes on beside it.
    if (backend === "codex") continue;
    expect(of(`${backend}-hangs`), backend).toMatchObject(
      stalled("the CLI printed nothing for 60 s while a tool call was under way"),
    );
  }
});
