// What the parser of Codex makes of single records.
import { describe, expect, test } from "vitest";
import { GOOD, run } from "../play.js";

describe("codex", () => {
  const failed = (message: string) => ({ type: "turn.failed", error: { message } });

  test("the last message is the answer", () => {
    const first = { type: "item.completed", item: { type: "agent_message", text: "I will look" } };
    const { steps, content } = run("codex", [first, ...GOOD.codex]);
    expect(content).toBe("yes");
    expect(steps).toContainEqual({ type: "text_reset" });
  });

  test("a failed turn is a failure even with exit 0", () => {
    expect(run("codex", [...GOOD.codex.slice(0, 1), failed("Selected model is at capacity.")]).failure?.kind).toBe(
      "overloaded",
    );
  });

  test("an error without a failed turn is one only if the turn did not complete", () => {
    const error = { type: "error", message: "stream disconnected before completion: x" };
    expect(run("codex", [error]).failure?.kind).toBe("network");
    expect(run("codex", [error, ...GOOD.codex]).failure).toBeUndefined();
  });

  test("reconnecting carries its cause and is no stop", () => {
    const retry = {
      type: "error",
      message: "Reconnecting... 2/5 (unexpected status 401 Unauthorized: no, url: http://x/v1)",
    };
    const { steps, failure } = run("codex", [retry, ...GOOD.codex]);
    expect(steps[0]).toMatchObject({ type: "note", retry: { kind: "not_authenticated", http_status: 401 } });
    expect(failure).toBeUndefined();
  });

  test("a warning about a model that was asked for; a note about any other", () => {
    const item = { type: "error", message: "Model metadata for `m1` not found. Defaulting to fallback metadata." };
    const record = { type: "item.completed", item };
    expect(run("codex", [record], {}, { model: "m1" }).steps[0]?.type).toBe("warning");
    expect(run("codex", [record]).steps[0]?.type).toBe("note");
  });

  test("commands and file changes; a read-only sandbox can't write", () => {
    const item = {
      type: "command_execution",
      command: "ls",
      aggregated_output: "a\nb",
      exit_code: 2,
      status: "failed",
    };
    const records = [
      { type: "item.started", item: { ...item, exit_code: null, status: "in_progress" } },
      { type: "item.completed", item },
      { type: "item.started", item: { type: "file_change", changes: [{ path: "/x", kind: "add" }] } },
    ];
    expect(run("codex", records).steps).toEqual([
      { type: "tool_call", tool: "shell", detail: "ls", may_write: true, shell: true },
      { type: "tool_result", tool: "shell", detail: "a b", is_error: true },
      { type: "tool_call", tool: "apply_patch", detail: "add /x", may_write: true },
    ]);
    expect(run("codex", records, {}, { sandbox_mode: "read-only" }).steps[0]).toMatchObject({ may_write: false });
  });

  test("a content filter is a refusal, and no lost connection", () => {
    const text = "stream disconnected before completion: Incomplete response returned, reason: content_filter";
    const retry = { type: "error", message: `Reconnecting... 1/100 (${text})` };
    expect(run("codex", [retry]).steps[0]).toMatchObject({ retry: { kind: "refused" } });
    expect(run("codex", [failed(text)]).failure).toEqual({
      kind: "refused",
      message: "The model refused to answer: Incomplete response returned, reason: content_filter",
    });
  });

  test("no message at all is a refusal; an empty one, or work without one, is no usable answer", () => {
    const done = { type: "turn.completed", usage: {} };
    expect(run("codex", [done]).failure?.kind).toBe("refused");
    const empty = { type: "item.completed", item: { type: "agent_message", text: "" } };
    expect(run("codex", [empty, done]).failure?.kind).toBe("output_invalid");
    const work = { type: "item.started", item: { type: "command_execution", command: "ls" } };
    expect(run("codex", [work, done]).failure?.kind).toBe("output_invalid");
  });

  test("usage limits tell when to come back", () => {
    const text = "You've hit your usage limit. Upgrade to Pro (https://x) or try again in 1 day 2 hours.";
    expect(run("codex", [failed(text)], { exit_code: 1 }).failure).toMatchObject({
      kind: "quota_exhausted",
      retry_after_seconds: 93_600,
      resets_at: "2026-07-14T08:41:00.000Z",
    });
  });
});
