// What the parser of Claude Code makes of single records.
import { describe, expect, test } from "vitest";
import type { Progress } from "../../../../src/backends/shared/backend.js";
import { GOOD, run } from "../play.js";

describe("claude", () => {
  const delta = (text: string, extra = {}) => ({
    type: "stream_event",
    event: { type: "content_block_delta", delta: { type: "text_delta", text } },
    parent_tool_use_id: null,
    ...extra,
  });
  const start = (id: string) => ({ type: "stream_event", event: { type: "message_start", message: { id } } });
  const result = (fields: object) => ({ type: "result", subtype: "success", is_error: false, num_turns: 1, ...fields });
  const failed = (text: string, fields = {}) => result({ is_error: true, result: text, ...fields });

  test("deltas are sent once, sub-agents' text never", () => {
    const { steps, content } = run("claude", [
      start("m1"),
      delta("a"),
      delta("SUB", { parent_tool_use_id: "t" }),
      delta("b"),
      { type: "assistant", message: { id: "m1", model: "c", content: [{ type: "text", text: "ab" }] } },
      { type: "assistant", parent_tool_use_id: "t", message: { id: "s", content: [{ type: "text", text: "SUB" }] } },
      result({ result: "ab" }),
    ]);
    expect(steps.filter((step) => step.type === "text").map((step) => step.text)).toEqual(["a", "b"]);
    expect(content).toBe("ab");
  });

  test("text before a tool call is reset when the next message speaks", () => {
    const call = { type: "tool_use", id: "t", name: "Bash", input: { command: "ls" } };
    const { steps, content } = run("claude", [
      { type: "assistant", message: { id: "m1", content: [{ type: "text", text: "let me look" }, call] } },
      { type: "user", message: { content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] } },
      { type: "assistant", message: { id: "m2", content: [{ type: "text", text: "done" }] } },
      result({ result: "done" }),
    ]);
    expect(steps).toEqual([
      { type: "text", text: "let me look" },
      { type: "tool_call", tool: "Bash", detail: "ls", may_write: true, shell: true },
      { type: "tool_result", tool: "Bash", detail: "x", is_error: false },
      { type: "text_reset" },
      { type: "text", text: "done" },
      { type: "complete" },
    ]);
    expect(content).toBe("done");
  });

  test("an answer of several blocks is whole, although the result repeats only the last", () => {
    const blocks = [
      { type: "text", text: "one " },
      { type: "text", text: "two" },
    ];
    const message = { type: "assistant", message: { id: "m", content: blocks } };
    expect(run("claude", [message, result({ result: "two" })]).content).toBe("one two");
  });

  test("usage counts all models and all kinds of input", () => {
    const modelUsage = {
      a: { inputTokens: 1, cacheReadInputTokens: 10, cacheCreationInputTokens: 100, outputTokens: 5 },
      b: { inputTokens: 2, outputTokens: 6 },
    };
    const { outcome } = run("claude", [
      ...GOOD.claude.slice(0, 1),
      result({ result: "yes", modelUsage, total_cost_usd: 0.5 }),
    ]);
    expect(outcome).toMatchObject({
      usage: { input_tokens: 113, output_tokens: 11, cached_tokens: 10, reasoning_tokens: null },
      cost_usd: 0.5,
    });
  });

  test("a session limit: reset from the text, or from the event, which is exact", () => {
    const text = "You've hit your session limit · resets 8:30pm (Asia/Tokyo)";
    expect(run("claude", [failed(text, { api_error_status: 429 })], { exit_code: 1 }).failure).toMatchObject({
      kind: "quota_exhausted",
      http_status: 429,
      resets_at: "2026-07-13T11:30:00.000Z",
    });
    const event = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: 1_783_173_600 } };
    expect(run("claude", [event, failed(text)]).failure?.resets_at).toBe("2026-07-04T14:00:00.000Z");
  });

  test("rate limit events of healthy runs mean nothing; missing credits are a matter of billing", () => {
    const allowed = { type: "rate_limit_event", rate_limit_info: { status: "allowed_warning", resetsAt: 1 } };
    expect(run("claude", [allowed, ...GOOD.claude])).toMatchObject({ failure: undefined });
    const credits = {
      type: "rate_limit_event",
      rate_limit_info: { status: "rejected", errorCode: "credits_required" },
    };
    expect(run("claude", [credits, failed("Something about 1M context")]).failure?.kind).toBe("billing");
  });

  test("structured fields decide before words", () => {
    expect(run("claude", [failed("x", { stop_reason: "refusal" })]).failure?.kind).toBe("refused");
    expect(run("claude", [failed("x", { terminal_reason: "prompt_too_long" })]).failure?.kind).toBe("context_too_long");
    expect(run("claude", [result({ subtype: "error_max_turns", is_error: true, errors: [] })]).failure).toMatchObject({
      kind: "max_turns",
      message: "The maximum number of turns is reached",
    });
    const synthetic = { type: "assistant", error: "billing_error", message: { model: "<synthetic>", content: [] } };
    expect(run("claude", [synthetic, failed("strange")]).failure?.kind).toBe("billing");
  });

  test("a retry of the CLI's own is a note that carries its cause", () => {
    const retry = {
      type: "system",
      subtype: "api_retry",
      attempt: 2,
      max_retries: 10,
      error_status: 529,
      error: "overloaded",
    };
    const [step] = run("claude", [retry]).steps;
    expect(step).toMatchObject({ type: "note", text: "Claude Code tries again (2/10): overloaded 529" });
    expect((step as Extract<Progress, { type: "note" }>).retry).toMatchObject({ kind: "overloaded", http_status: 529 });
  });

  test("an own parsed answer is passed on", () => {
    expect(run("claude", [result({ result: '{"a":1}', structured_output: { a: 1 } })]).outcome.structured).toEqual({
      a: 1,
    });
  });
});
