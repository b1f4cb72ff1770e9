// What the log of Codex tells that its stdout does not: waits, retries that nobody sees, and what its sandbox stops.
import { describe, expect, test } from "vitest";
import { codexParser } from "../../../../src/backends/codex/codex-parser.js";
import type { Progress } from "../../../../src/backends/shared/backend.js";
import type { Task } from "../../../../src/schema/task.js";
import { exitOf, read } from "../recordings.js";
import { taskFor } from "../tasks.js";

const START = "2026-11-24T22:18:44.050288Z";
const otel = (level: string, name: string, fields: string) =>
  `${START} ${level} codex_otel.trace_safe: event.name="codex.${name}" ${fields}`;
const request = (fields: string) =>
  otel(" INFO", "api_request", `duration_ms=9 ${fields} attempt=0 endpoint="/responses"`);
const pause = (layer: string, attempt: number, ms: number) =>
  otel("TRACE", "retry", `retry.attempt=${attempt} retry.delay_ms=${ms} retry.layer="${layer}" retry.operation="x"`);
const sandbox = (policy: string) => otel(" INFO", "conversation_starts", `provider_name=m sandbox_policy=${policy}`);
const reconnecting = (cause: string, n = 1) => ({ type: "error", message: `Reconnecting... ${n}/100 (${cause})` });
const BUSY = "unexpected status 503 Service Unavailable: not now, url: http://x/v1/responses";

/** Lines of stderr are strings, records of stdout objects. */
function hear(lines: readonly (string | object)[], fields: Partial<Task> = {}) {
  const parser = codexParser(taskFor("codex", fields));
  const steps: Progress[] = [];
  const shown: string[] = [];
  for (const line of lines) {
    if (typeof line !== "string") steps.push(...parser.push(JSON.stringify(line)));
    else {
      const said = parser.pushStderr?.(line);
      steps.push(...(said?.progress ?? []));
      if (said?.ours !== true) shown.push(line);
    }
  }
  const retries = steps.flatMap((step) => (step.type === "note" && step.retry ? [step.retry] : []));
  return { steps, shown, retries, parser };
}

describe("the wait that a service asks for", () => {
  test("comes with the retry that stdout tells, in whole seconds", () => {
    const [retry] = hear([
      request('http.response.status_code=429 error.message="http 429"'),
      pause("stream", 1, 6990),
      reconnecting("exceeded retry limit, last status: 429 Too Many Requests"),
    ]).retries;
    expect(retry).toMatchObject({ kind: "rate_limited", http_status: 429, retry_after_seconds: 7 });
  });

  test("a wait of more than five minutes is a quota", () => {
    const lines = [
      pause("stream", 1, 5_399_997),
      reconnecting("exceeded retry limit, last status: 429 Too Many Requests"),
    ];
    expect(hear(lines).retries[0]).toMatchObject({ kind: "quota_exhausted", retry_after_seconds: 5400 });
  });

  test("codex's own pause is none, however often it has doubled", () => {
    for (const [attempt, ms] of [
      [1, 212],
      [4, 1710],
      [8, 27_024],
    ] as const) {
      const [retry] = hear([pause("stream", attempt, ms), reconnecting(BUSY, attempt)]).retries;
      expect(retry?.kind).toBe("overloaded");
      expect(retry).not.toHaveProperty("retry_after_seconds");
    }
  });

  test("without an answer nobody asks: codex looks for the network every five seconds", () => {
    const lost = {
      type: "error",
      message: "Reconnecting... waiting for network (Connection failed: error sending request)",
    };
    const [retry] = hear([pause("stream", 1, 5000), lost]).retries;
    expect(retry?.kind).toBe("network");
    expect(retry).not.toHaveProperty("retry_after_seconds");
  });

  test("is not taken for that of a later request", () => {
    const lines = [pause("stream", 1, 6990), request("http.response.status_code=503"), reconnecting(BUSY)];
    expect(hear(lines).retries[0]).not.toHaveProperty("retry_after_seconds");
  });

  test("counts for the failure of a stopped codex even if the log was slower than stdout", () => {
    const { parser, retries } = hear([reconnecting(BUSY), pause("stream", 1, 2998)]);
    const end = parser.end(exitOf({ stopped: true, ...(retries[0] && { retry: retries[0] }) }));
    expect(end.ok ? undefined : end.error.failure).toMatchObject({
      kind: "overloaded",
      http_status: 503,
      retry_after_seconds: 3,
    });
  });
});

describe("a retry that stdout does not tell", () => {
  test("is heard, with its status and its wait", () => {
    const lines = [request('http.response.status_code=503 error.message="http 503"'), pause("http", 1, 2999)];
    expect(hear(lines).retries).toEqual([
      {
        kind: "overloaded",
        message: "The model service answered 503 Service Unavailable",
        http_status: 503,
        retry_after_seconds: 3,
      },
    ]);
  });

  test("without a connection it is the network", () => {
    expect(hear([request('error.message="error sending request"'), pause("http", 1, 190)]).retries[0]).toMatchObject({
      kind: "network",
      message: expect.stringContaining("error sending request"),
    });
  });
});

describe("lines that only we asked for", () => {
  test("are neither kept nor shown; all others are", () => {
    const own = [
      "warning: something",
      `${START} ERROR codex_core::tools::router: error=unsupported custom tool call: apply_patch`,
      `${START} ERROR codex_api::endpoint: failed to connect`,
      "codex_otel.trace_safe is what a person writes about",
    ];
    const ours = [request("http.response.status_code=200"), pause("stream", 1, 200), sandbox("read-only")];
    expect(hear([...own, ...ours, otel(" INFO", "new_one", "outcome=fine")]).shown).toEqual(own);
  });

  test("are recognised in colours and behind the spans of a user's own log", () => {
    const coloured = `\u001b[2m${START}\u001b[0m \u001b[35mTRACE\u001b[0m session_loop{thread_id=1}:turn{x="a b"}: codex_otel.trace_safe: event.name="codex.retry" retry.attempt=1 retry.delay_ms=2999 retry.layer="http"`;
    const { shown, retries } = hear([request("http.response.status_code=503"), coloured]);
    expect(shown).toEqual([]);
    expect(retries[0]?.retry_after_seconds).toBe(3);
  });
});

describe("refused calls", () => {
  const command = (output: string, exit_code = 1) => ({
    type: "item.completed",
    item: {
      type: "command_execution",
      command: "/bin/bash -lc 'echo > x'",
      aggregated_output: output,
      exit_code,
      status: "failed",
    },
  });
  const refusalsOf = (lines: readonly (string | object)[], fields: Partial<Task> = {}) => {
    const { steps, parser } = hear(lines, fields);
    const end = parser.end(exitOf({}));
    const refused = steps.filter((step) => step.type === "tool_refused").length;
    return { refused, refusals: (end.ok ? end.value : end.error.partial).refusals };
  };

  test("a command that the sandbox stopped at once: the log has its tool only", () => {
    const line = otel(
      " INFO",
      "sandbox_outcome",
      "tool_name=exec_command call_id=call_70 outcome=denied initial_duration_ms=9",
    );
    expect(refusalsOf([line])).toEqual({ refused: 1, refusals: [{ tool: "shell" }] });
    expect(refusalsOf([line.replace("denied", "allowed")])).toEqual({ refused: 0, refusals: [] });
  });

  test("a command that it stopped later is refused as well, under any sandbox that codex says it has", () => {
    const denied = command("/bin/bash: line 1: x: Read-only file system\n");
    const one = { refused: 1, refusals: [{ tool: "shell", detail: "echo > x" }] };
    expect(refusalsOf([sandbox("read-only"), denied])).toEqual(one);
    expect(refusalsOf([denied], { sandbox_mode: "workspace" })).toEqual(one);
    expect(refusalsOf([sandbox("danger-full-access"), denied]).refusals).toEqual([]);
    expect(refusalsOf([denied]).refusals).toEqual([]);
    expect(refusalsOf([sandbox("read-only"), command("no such file")]).refusals).toEqual([]);
    expect(refusalsOf([sandbox("read-only"), command("sandbox: not found", 127)]).refusals).toEqual([]);
  });

  test("a model that writes a line of the log cannot hide what the sandbox stops", () => {
    const denied = command("/bin/bash: line 1: x: Read-only file system\n");
    expect(refusalsOf([sandbox("read-only"), sandbox("danger-full-access"), denied]).refused).toBe(1);
  });

  test("what the sandbox stopped had begun, and may have changed something before", () => {
    const line = otel(" INFO", "sandbox_outcome", "tool_name=exec_command call_id=call_70 outcome=denied");
    const unnamed = { tool: "shell", detail: "a command (codex does not tell which)" };
    expect(hear([line], { sandbox_mode: "workspace" }).steps).toEqual([
      { type: "tool_call", ...unnamed, may_write: true },
      { type: "tool_refused", ...unnamed, ran: true },
    ]);
    expect(hear([line], { sandbox_mode: "read-only" }).steps[0]).toMatchObject({ may_write: false });
    const late = hear([sandbox("workspace-write"), command("x: Read-only file system")]).steps;
    expect(late).toEqual([{ type: "tool_refused", tool: "shell", detail: "echo > x", shell: true, ran: true }]);
  });

  test("patches and commands that codex does not even start", () => {
    const router = (error: string) => `${START} ERROR codex_core::tools::router: error=${error}`;
    const lines = [
      router("patch rejected: writing outside of the project; rejected by user approval settings"),
      router(
        String.raw`exec_command failed: CreateProcess { message: "Rejected(\"${"`/bin/bash -lc 'rm -rf /'`"} rejected: rm -f style commands are not permitted. Use a safer approach\")" }`,
      ),
      router(
        "approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never",
      ),
    ];
    expect(refusalsOf(lines).refusals).toEqual([
      { tool: "apply_patch", detail: "writing outside of the project" },
      { tool: "shell", detail: "rm -rf /" },
      { tool: "shell", detail: expect.stringContaining("reject command") },
    ]);
    expect(hear(lines).shown).toEqual(lines);
  });

  test("an answer beside them is an answer; without one the task was not permitted", () => {
    const play = (name: string) => {
      const parser = codexParser(taskFor("codex"));
      for (const line of read("codex", name, "stderr").split("\n")) parser.pushStderr?.(line);
      for (const line of read("codex", name, "stdout").split("\n")) parser.push(line);
      return parser.end(exitOf({}));
    };
    expect(play("clinvk_denied")).toMatchObject({ ok: true, value: { refusals: [{ tool: "shell" }] } });
    expect(play("clinvk_denied_late")).toMatchObject({ ok: true, value: { refusals: [{ tool: "shell" }] } });
    expect(play("clinvk_denied_silent")).toMatchObject({
      ok: false,
      error: { failure: { kind: "permission_denied", message: "Codex refused the use of shell and gave no answer" } },
    });
  });
});
