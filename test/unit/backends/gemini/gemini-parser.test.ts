// What the parser of Gemini CLI makes of single records.
import { describe, expect, test } from "vitest";
import { GOOD, run } from "../play.js";

describe("gemini", () => {
  const say = (content: string) => ({ type: "message", role: "assistant", content, delta: true });
  const call = (name: string, id = "t") => ({
    type: "tool_use",
    tool_name: name,
    tool_id: id,
    parameters: { file_path: "f" },
  });
  const tell = (status: string, fields: object) => ({ type: "tool_result", tool_id: "t", status, ...fields });
  const success = GOOD.gemini[1] as object;

  test("the answer is what follows the last tool result", () => {
    const records = [
      say("look"),
      say("ing"),
      call("read_file"),
      tell("success", { output: "x" }),
      say("do"),
      say("ne"),
      success,
    ];
    expect(run("gemini", records).content).toBe("done");
  });

  test("nothing after the last tool result is no answer, but what was said is kept", () => {
    const { failure, content } = run("gemini", [say("looking"), call("read_file"), tell("success", {}), success]);
    expect(failure?.kind).toBe("output_invalid");
    expect(content).toBe("looking");
  });

  test("the prompt that comes back is not shown", () => {
    expect(run("gemini", [{ type: "message", role: "user", content: "PROMPT" }]).steps).toEqual([]);
  });

  test.each([
    [{ error: { type: "policy_violation", message: "Tool execution denied by policy." } }, true],
    [{ error: { type: "path_not_in_workspace", message: "x" } }, true],
    [{ error: { type: "tool_not_registered", message: 'Tool "write_file" not found.' } }, true],
    [{ error: { type: "invalid_tool_params", message: "Path not in workspace: x" } }, true],
    [{ error: { type: "file_not_found", message: "x" } }, false],
  ])("refused or only failed: %j", (fields, refused) => {
    const { steps, outcome } = run("gemini", [call("write_file"), tell("error", fields), say("done"), success]);
    expect(steps[1]?.type).toBe(refused ? "tool_refused" : "tool_result");
    expect(outcome.refusals).toEqual(refused ? [{ tool: "write_file", detail: "f" }] : []);
  });

  test("refusals and no text", () => {
    const denied = tell("error", { error: { type: "policy_violation", message: "no" } });
    expect(run("gemini", [call("write_file"), denied, success]).failure).toMatchObject({
      kind: "permission_denied",
      message: "Gemini CLI refused the use of write_file and gave no answer",
    });
  });

  test("the reason behind a generic error is on stderr", () => {
    const generic = { type: "result", status: "error", error: { type: "unknown", message: "[API Error: it failed]" } };
    const stderr =
      "Error when talking to Gemini API Full report available at: /tmp/gemini-client-error-x.json TerminalQuotaError: You have exhausted your capacity on this model. Your quota will reset after 1h49m8s.\n    at f (file:///x.js:1:1) {\n  retryDelayMs: 6548000,\n}\n";
    expect(run("gemini", [generic], { exit_code: 1, stderr }).failure).toMatchObject({
      kind: "quota_exhausted",
      message: "The usage limit is reached: it failed",
      retry_after_seconds: 6548,
    });
  });

  test("a broken loop is a stall, whatever the result says", () => {
    const loop = { type: "error", severity: "warning", message: "Loop detected, stopping execution" };
    expect(run("gemini", [say("a"), loop, success]).failure?.kind).toBe("stalled");
    const blocked = { type: "error", severity: "warning", message: "Agent execution blocked: hook" };
    expect(run("gemini", [blocked, say("a"), success]).failure).toBeUndefined();
  });

  test("nothing sent at all means that the input did not fit", () => {
    const nothing = { type: "result", status: "success", stats: { models: {} } };
    expect(run("gemini", [{ type: "init", model: "m" }, nothing]).failure?.kind).toBe("context_too_long");
  });

  test("an answer that fills `max_tokens` was cut", () => {
    const stats = {
      input_tokens: 10,
      output_tokens: 4,
      models: { m: { total_tokens: 20, input_tokens: 10, output_tokens: 4 } },
    };
    const records = [say("a"), { type: "result", status: "success", stats }];
    expect(run("gemini", records, {}, { max_tokens: 10 })).toMatchObject({
      failure: { kind: "max_tokens" },
      content: "a",
    });
    expect(run("gemini", records, {}, { max_tokens: 11 }).failure).toBeUndefined();
  });

  test("of several models the one that wrote most is named", () => {
    const models = { router: { output_tokens: 3 }, pro: { output_tokens: 90 } };
    const record = {
      type: "result",
      status: "success",
      stats: { input_tokens: 5, output_tokens: 93, cached: 2, models },
    };
    expect(run("gemini", [{ type: "init", model: "auto" }, say("a"), record]).outcome).toMatchObject({
      model: "pro",
      usage: { input_tokens: 5, output_tokens: 93, cached_tokens: 2, reasoning_tokens: null },
    });
  });

  test.each([
    [145, "not_authenticated", 401],
    [173, "rate_limited", 429],
    [247, "overloaded", 503],
    [17, "overloaded", 529],
    [41, "not_authenticated", undefined],
    [55, "permission_denied", undefined],
    [1, "crashed", undefined],
  ])("exit code %i alone means %s", (exit_code, kind, status) => {
    const { failure } = run("gemini", [], { exit_code });
    expect(failure?.kind).toBe(kind);
    expect(failure?.http_status).toBe(status);
  });
});
