import { describe, expect, it } from "vitest";
import { redactor } from "../../../src/redact/redact.js";
import { redactEvent } from "../../../src/redact/redact-event.js";
import type { RunEvent } from "../../../src/schema/event.js";

const head = { v: 1, seq: 1, time: "2026-01-01T00:00:00.000Z", run_id: "r-postgres" } as const;
const masking = redactor({ env: { PGPASSWORD: "postgres", OTHER_SECRET: "task_finished" } });

const finished: RunEvent = {
  ...head,
  type: "task_finished",
  task_id: "postgres-1",
  attempt: 1,
  result: {
    task_id: "postgres-1",
    index: 0,
    name: "ask postgr…",
    backend: "claude",
    status: "FAILED",
    exit_code: 1,
    content: "a postgres, cut: postgr…",
    content_file: { path: "/home/postgres/.clinvk/runs/r/answers/1-1.md", bytes: 5 },
    structured: { postgres: ["postgres", 1, null] },
    failure: { kind: "crashed", message: "postgres died, said postg…", resets_at: "2026-01-01T00:00:00.000Z" },
    duration_seconds: 1,
    model: "postgres",
    session_id: null,
    usage: null,
    cost_usd: null,
    attempts: 1,
    refusals: [{ tool: "Bash", detail: "echo postgres" }],
    tags: ["postgres"],
    meta: { kind: "postgres", deep: [{ path: "postgres" }] },
    workdir: "/home/postgres",
    start_time: "2026-01-01T00:00:00.000Z",
    end_time: "2026-01-01T00:00:00.000Z",
  },
};

describe("redactEvent", () => {
  it("masks every free text, and keys of data that is not ours", () => {
    const { result } = redactEvent(finished, masking) as typeof finished;
    expect(result).toMatchObject({
      name: "ask ***…",
      content: "a ***, cut: postgr…",
      structured: { "***": ["***", 1, null] },
      failure: { message: "*** died, said ***…" },
      model: "***",
      refusals: [{ tool: "Bash", detail: "echo ***" }],
      tags: ["***"],
      meta: { kind: "***", deep: [{ path: "***" }] },
      workdir: "/home/***",
    });
  });

  it("leaves alone what identifies things, and where an answer lies, whatever a password is", () => {
    expect(redactEvent(finished, masking)).toMatchObject({
      ...head,
      type: "task_finished",
      task_id: "postgres-1",
      result: {
        status: "FAILED",
        content_file: { path: "/home/postgres/.clinvk/runs/r/answers/1-1.md" },
        failure: { kind: "crashed", resets_at: "2026-01-01T00:00:00.000Z" },
      },
    });
  });

  it("shortened texts are steps, not answers", () => {
    const output = { ...head, type: "task_output", task_id: "t", attempt: 1, text: "postg…" } as const;
    const step = { ...head, type: "task_activity", task_id: "t", attempt: 1, kind: "note", text: "postg…" } as const;
    expect(redactEvent(output, masking).text).toBe("postg…");
    expect(redactEvent(step, masking).text).toBe("***…");
  });

  it("gives the event itself back where there is nothing to mask", () => {
    expect(redactEvent(finished, redactor({}))).toBe(finished);
  });
});

describe("redactShortened", () => {
  it.each([
    ["x post… y postgres z", "x ***… y *** z"],
    ["pos…", "pos…"],
    ["… and …", "… and …"],
    ["posture…", "posture…"],
    ["a postgre…postg…", "a ***…***…"],
  ])("%s", (text, masked) => {
    expect(masking.redactShortened(text)).toBe(masked);
  });
});
