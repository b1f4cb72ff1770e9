// What a turn makes of a session.
import { describe, expect, it } from "vitest";
import type { TaskRecord } from "../../../src/schema/result.js";
import type { Session } from "../../../src/schema/session.js";
import type { Usage } from "../../../src/schema/usage.js";
import { afterTurn, type TurnEnd } from "../../../src/store/session-turn.js";
import { recordOf } from "../../rig/events.js";
import { sessionOf } from "../../rig/sessions.js";

const usage = (input: number | null, output: number | null): Usage => ({
  input_tokens: input,
  output_tokens: output,
  cached_tokens: null,
  reasoning_tokens: null,
});

function sessionAfter(record: Partial<TaskRecord>, turn: Partial<TurnEnd> = {}): Session | undefined {
  return afterTurn({
    id: "20260101-000000-aaaaaa",
    before: undefined,
    record: recordOf("task-1", record.status ?? "OK", { session_id: "s-1", workdir: "/project", ...record }),
    requested_model: undefined,
    tags: [],
    offline: false,
    keep_usage: true,
    can_go_on_unanswered: true,
    ...turn,
  });
}

describe("the first turn", () => {
  it("begins the session", () => {
    const tags = ["work"];
    expect(sessionAfter({ usage: usage(3, 5) }, { tags, requested_model: "haiku", offline: true })).toEqual({
      id: "20260101-000000-aaaaaa",
      backend: "claude",
      backend_session_id: "s-1",
      status: "active",
      title: "Task 1",
      workdir: "/project",
      model: "m",
      requested_model: "haiku",
      turns: 1,
      usage: usage(3, 5),
      tags,
      offline: true,
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:01.500Z",
    });
  });

  it("that was interrupted can be gone on with", () => {
    expect(sessionAfter({ status: "CANCELED", failure: { kind: "canceled", message: "stopped" } })).toMatchObject({
      status: "failed",
      turns: 0,
    });
  });

  it("leaves nothing where there is nothing to go on with", () => {
    expect(sessionAfter({ status: "FAILED", session_id: null })).toBeUndefined();
    expect(sessionAfter({ status: "FAILED", failure: { kind: "not_authenticated", message: "no" } })).toBeUndefined();
    expect(sessionAfter({ status: "TIMEOUT" }, { can_go_on_unanswered: false })).toBeUndefined();
  });
});

describe("a later turn", () => {
  const before = sessionOf({ usage: usage(10, null), turns: 4, tags: ["old"], title: "First", workdir: "/there" });

  it("adds what is known, and keeps what the session is", () => {
    const session = sessionAfter({ usage: usage(3, 5), session_id: "s-2", model: null }, { before, tags: ["new"] });
    expect(session).toEqual({
      ...before,
      backend_session_id: "s-2",
      turns: 5,
      usage: usage(13, 5),
      updated_at: "2026-01-01T00:00:01.500Z",
    });
  });

  it("that failed is no turn, whatever the reason", () => {
    const failure = { kind: "not_authenticated", message: "no" } as const;
    expect(sessionAfter({ status: "FAILED", failure }, { before, can_go_on_unanswered: false })).toMatchObject({
      status: "failed",
      turns: 4,
    });
  });

  it("that never reached the conversation changes nothing", () => {
    expect(sessionAfter({ status: "FAILED", session_id: null }, { before })).toBe(before);
  });

  it("forgets token counts if they are not to be kept", () => {
    expect(sessionAfter({ usage: usage(3, 5) }, { before, keep_usage: false })?.usage).toBeNull();
  });
});
