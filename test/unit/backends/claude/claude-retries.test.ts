// What Claude Code's own retries tell: cause, the wait that the service asks for, its words; and how a cut stream is mended.
import { describe, expect, it } from "vitest";
import type { Failure } from "../../../../src/schema/failure.js";
import { run } from "../play.js";
import { exitOf } from "../recordings.js";

const retry = (delay: number, fields: object = {}) => ({
  type: "system",
  subtype: "api_retry",
  attempt: 1,
  max_retries: 10,
  retry_delay_ms: delay,
  error_status: 429,
  error: "rate_limit",
  ...fields,
});
const init = (apiKeySource: string) => ({ type: "system", subtype: "init", apiKeySource });

/** The cause in the note of a retry. */
function causeOf(...records: object[]): Failure | undefined {
  const step = run("claude", records).steps.at(-1);
  return step?.type === "note" ? step.retry : undefined;
}

describe("the wait", () => {
  it.each<[number, number | undefined]>([
    // `Retry-After` has whole seconds; the CLI's own pauses have a random part (recorded with 2.1.197).
    [20_000, 20],
    [1000, 1],
    [5_400_000, 5400],
    [545.6489646828279, undefined],
    [9344.61861320919, undefined],
    [0, undefined],
  ])("%d ms", (delay, seconds) => {
    const cause = causeOf(init("ANTHROPIC_API_KEY"), retry(delay));
    expect(cause).toMatchObject({ kind: "rate_limited", http_status: 429 });
    expect(cause?.retry_after_seconds).toBe(seconds);
  });

  it("is that of the plan's limit, if the CLI has told it", () => {
    const resetsAt = Date.parse("2026-07-13T08:00:00Z") / 1000;
    const limit = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } };
    expect(causeOf(limit, retry(500.5))).toMatchObject({ resets_at: "2026-07-13T08:00:00.000Z" });
  });
});

it("a rejected request that the CLI repeats has a service that asked for it (`x-should-retry`): it passes", () => {
  const rejected = { error_status: 400, error: "invalid_request" };
  expect(causeOf(retry(502.6, rejected))).toMatchObject({ kind: "network", http_status: 400 });
});

describe("a 401", () => {
  const refused = { error_status: 401, error: "authentication_failed" };

  it("of a key counts at once", () => {
    expect(causeOf(init("ANTHROPIC_API_KEY"), retry(502.6, refused))).toMatchObject({ kind: "not_authenticated" });
  });

  it("of a login counts the second time: the CLI refreshes the login first", () => {
    expect(causeOf(init("none"), retry(502.6, refused))).toBeUndefined();
    const second = retry(1106.5, { ...refused, attempt: 2 });
    expect(causeOf(init("none"), retry(502.6, refused), second)).toMatchObject({ kind: "not_authenticated" });
  });
});

describe("the words of the service, from the log of errors", () => {
  const heard: Failure = { kind: "rate_limited", message: "heard", http_status: 429, retry_after_seconds: 20 };
  const log = (error: string) =>
    [
      "2026-11-24T22:08:39.928Z [ERROR] Failed to save config with lock: Error: ENOENT",
      `2026-11-24T22:08:41.932Z [ERROR] API error (attempt 1/11): ${error}`,
      "",
    ].join("\n");
  const stopped = (errors: string | undefined) => {
    const files = errors === undefined ? {} : { errors };
    return run("claude", [init("ANTHROPIC_API_KEY")], exitOf({ stopped: true, retry: heard, files })).failure;
  };

  it("explain a throttle", () => {
    const error = `429 429 {"type":"error","error":{"type":"rate_limit_error","message":"too many tokens per minute"}}`;
    expect(stopped(log(error))).toEqual({
      kind: "rate_limited",
      message: "The model service answered 429 Too Many Requests: too many tokens per minute",
      http_status: 429,
      retry_after_seconds: 20,
    });
  });

  it("tell a used-up quota, and when it is back", () => {
    const error = `429 429 {"error":{"message":"You've hit your session limit · resets 8am (UTC)"}}`;
    expect(stopped(log(error))).toMatchObject({ kind: "quota_exhausted", resets_at: "2026-07-13T08:00:00.000Z" });
  });

  it("name the connection that failed", () => {
    const failed: Failure = { kind: "network", message: "heard" };
    const files = { errors: log("undefined Connection error.") };
    const { failure } = run("claude", [], exitOf({ stopped: true, retry: failed, files }));
    expect(failure).toMatchObject({ kind: "network", message: expect.stringContaining("Connection error.") });
  });

  it("leave a repeated request one that passes", () => {
    const files = { errors: log(`400 400 {"error":{"type":"invalid_request_error","message":"try again"}}`) };
    const failed: Failure = { kind: "network", message: "heard", http_status: 400 };
    const { failure } = run("claude", [], exitOf({ stopped: true, retry: failed, files }));
    expect(failure).toMatchObject({ kind: "network", message: expect.stringContaining("try again") });
  });

  it("may be missing", () => {
    expect(stopped(undefined)).toEqual(heard);
    expect(stopped("2026-11-24T22:08:39.928Z [ERROR] Failed to save config\n")).toEqual(heard);
  });
});

it("a stream that was cut and asked for again without streaming is one answer", () => {
  const start = (id: string) => ({ type: "stream_event", event: { type: "message_start", message: { id } } });
  const delta = { type: "content_block_delta", delta: { type: "text_delta", text: "chunk0 " } };
  const whole = { id: "m2", model: "c", content: [{ type: "text", text: "chunk0 chunk1" }] };
  const { steps, content, failure } = run("claude", [
    start("m1"),
    { type: "stream_event", event: delta },
    { type: "assistant", message: whole },
    { type: "result", subtype: "success", is_error: false, num_turns: 1, result: "chunk0 chunk1" },
  ]);
  expect(failure).toBeUndefined();
  expect(content).toBe("chunk0 chunk1");
  expect(steps.slice(0, 3)).toEqual([
    { type: "text", text: "chunk0 " },
    { type: "text_reset" },
    { type: "text", text: "chunk0 chunk1" },
  ]);
});
