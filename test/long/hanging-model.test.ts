// A model that never goes on: ended by our limits. Takes as long as the limits that it waits for.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, realClis, runOffline } from "../rig/real-clis.js";

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
