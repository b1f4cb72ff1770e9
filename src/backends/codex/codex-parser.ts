// Parses the JSON lines of `codex exec --json` (0.169.0), and what only its log on stderr tells. The answer is the last
// `agent_message`; there are no deltas.
import type { Failure, FailureKind } from "../../schema/failure.js";
import type { Refusal } from "../../schema/result.js";
import type { Task } from "../../schema/task.js";
import type { Usage } from "../../schema/usage.js";
import { type Json, numberAt, objectAt, textAt } from "../../util/json.js";
import { err, ok } from "../../util/result.js";
import { type Clock, FailureReader } from "../failure/failures.js";
import type { Exit, Outcome, OutputParser, Progress, StderrLine, ToolCall } from "../shared/backend.js";
import { JsonLines } from "../shared/json-lines.js";
import { oneLine } from "../shared/one-line.js";
import { ofThisTurn, shellCommand, toolCall, toolName, UNNAMED, usageOf } from "./codex-items.js";
import { readLog } from "./codex-log.js";
import { codexSandbox, stoppedBySandbox } from "./codex-sandbox.js";
import { codexWords } from "./codex-words.js";

/** A retry of the CLI's own: `Reconnecting... 2/5 (cause)`, `Reconnecting... waiting for network (cause)`. */
const RETRY = /^Reconnecting\.\.\. [^(]*\(([\s\S]*)\)$/;

/** codex's own first pause; it doubles with every retry, and varies by a tenth (measured with 0.169.0). */
const FIRST_PAUSE_MS = 200;

/** The wait in seconds that a service asks for: far longer than codex would wait by itself. */
function askedSeconds(attempt: number, delay_ms: number): number | undefined {
  return delay_ms > 2 * FIRST_PAUSE_MS * 2 ** (attempt - 1) ? Math.ceil(delay_ms / 1000) : undefined;
}

export function codexParser(task: Task, clock?: Clock, offline = false): OutputParser {
  const failures = new FailureReader("Codex", codexWords, clock);
  let sessionId: string | null = null;
  let model = task.model ?? null;
  let usage: Usage | null = null;
  const lines = new JsonLines();
  let completed = false;
  let failed: string | undefined;
  /** The last `error` that is no retry: `turn.failed` repeats it, but may be missing. */
  let lastError: string | undefined;
  let shown = false;
  let answered = false;
  let worked = false;
  const refusals: Refusal[] = [];
  /** The sandbox that codex has in the end; the log tells it, before anything else. */
  let sandbox: string | undefined = codexSandbox(task);
  let sandboxTold = false;
  /** The last request and the last retry that the log told. */
  let request: { status: number | undefined; error: string | undefined } | undefined;
  let pause: { attempt: number; delay_ms: number } | undefined;
  /** The cause of the last retry; the log may tell its wait only after stdout told the retry. */
  let retrying: { text: string; otherwise: FailureKind; http_status?: number | undefined } | undefined;

  function message(text: string): Progress[] {
    const progress: Progress[] = shown ? [{ type: "text_reset" }] : [];
    answered = /\S/.test(text);
    shown = true;
    if (text !== "") progress.push({ type: "text", text });
    return progress;
  }

  /** Whether a tool may change anything. A read-only sandbox protects files and network from commands, but not from tools of MCP servers. */
  function mayWrite(tool: string): boolean {
    if (tool === "web_search") return false;
    return (tool !== "shell" && tool !== "apply_patch") || codexSandbox(task) !== "read-only";
  }

  function started(item: Json): Progress[] {
    const call = toolCall(item, task.workdir);
    worked ||= call !== undefined;
    return call === undefined ? [] : [{ type: "tool_call", ...call, may_write: mayWrite(call.tool) }];
  }

  function done(item: Json): Progress[] {
    const type = textAt(item, "type");
    if (type === "agent_message") return message(textAt(item, "text") ?? "");
    if (type === "error") return notice(textAt(item, "message") ?? "");
    const call = toolCall(item, task.workdir);
    if (call === undefined) return [];
    worked = true;
    const status = textAt(item, "status");
    const code = numberAt(item, "exit_code");
    const output = textAt(item, "aggregated_output") ?? "";
    if (status === "declined") return [refused(call)];
    if (status === "failed" && stoppedBySandbox(sandbox, code, output)) return [{ ...refused(call), ran: true }];
    const detail = oneLine(output === "" ? (status ?? "") : output);
    const isError = status === "failed" || (code !== undefined && code !== 0);
    const edited = type === "file_change" && !isError;
    return [{ type: "tool_result", tool: call.tool, detail, is_error: isError, ...(edited && { edited }) }];
  }

  function refused(call: ToolCall): Extract<Progress, { type: "tool_refused" }> {
    refusals.push(call.detail === UNNAMED ? { tool: call.tool } : { tool: call.tool, detail: call.detail });
    return { type: "tool_refused", ...call };
  }

  /** `error` items are warnings. The warning about an unknown model matters only if the task names that model. */
  function notice(text: string): Progress[] {
    const unknown = /^Model metadata for `([^`]*)` not found/.exec(text)?.[1];
    model = unknown ?? model;
    const wanted = unknown === undefined ? !text.startsWith("Falling back from") : unknown === task.model;
    // The offline model is in no catalogue.
    if (offline && unknown !== undefined) return [];
    return [{ type: wanted ? "warning" : "note", text: `codex: ${oneLine(text)}` }];
  }

  function error(text: string): Progress[] {
    const cause = RETRY.exec(text)?.[1];
    const note = { type: "note", text: oneLine(text) } as const;
    if (cause === undefined && !text.startsWith("Reconnecting...")) {
      lastError = text;
      return [note];
    }
    retrying = { text: cause ?? text, otherwise: "network" };
    return [{ ...note, retry: retryCause(retrying) }];
  }

  /** The cause of a retry, with the wait that the service asks for: only an answer of the service can ask. */
  function retryCause(stop: NonNullable<typeof retrying>): Failure {
    const cause = failures.reported(stop);
    const asks = cause.kind === "rate_limited" || cause.kind === "overloaded";
    const seconds = asks && pause !== undefined ? askedSeconds(pause.attempt, pause.delay_ms) : undefined;
    return seconds === undefined ? cause : failures.reported({ ...stop, retry_after_seconds: seconds });
  }

  /** A retry of codex's inner loop, of which stdout says nothing. */
  function innerRetry(): Progress[] {
    const { status, error: text = "" } = request ?? {};
    retrying = { text: status === undefined ? text : "", otherwise: "network", http_status: status };
    const retry = retryCause(retrying);
    return [{ type: "note", text: `codex asks again: ${retry.message}`, retry }];
  }

  function logged(line: string): StderrLine {
    const record = readLog(line);
    const ours = (...progress: Progress[]) => ({ progress, ours: true });
    switch (record?.type) {
      case undefined:
        return { progress: [], ours: false };
      case "retry":
        pause = record;
        return record.layer === "http" ? ours(...innerRetry()) : ours();
      case "request":
        request = record;
        pause = undefined;
        return ours();
      case "sandbox":
        // codex logs a tool's unknown name with its line ends, so a model can write lines of a log, but not before the first.
        if (!sandboxTold) sandbox = record.policy;
        sandboxTold = true;
        return ours();
      case "denied": {
        worked = true;
        const call = { tool: toolName(record.tool), detail: UNNAMED };
        return ours({ type: "tool_call", ...call, may_write: mayWrite(call.tool) }, { ...refused(call), ran: true });
      }
      case "rejected":
        worked = true;
        return {
          progress: [refused({ tool: record.tool, detail: oneLine(shellCommand(record.detail)) })],
          ours: false,
        };
      case "other":
        return ours();
      default:
        return record satisfies never;
    }
  }

  function outcome(): Outcome {
    // codex reports no cost, and a model only if it does not know it.
    return { model, session_id: sessionId, usage, cost_usd: null, refusals: [...refusals] };
  }

  /** The failure that the records report. */
  function reported({ retry }: Exit): Failure | undefined {
    const text = failed ?? (completed ? undefined : lastError);
    if (text !== undefined) return failures.reported({ text, otherwise: "crashed" });
    return retry !== undefined && !completed && retrying !== undefined ? retryCause(retrying) : undefined;
  }

  /** Why a turn that was completed has no text. A refusal by the model leaves no message at all, an empty answer an empty one. */
  function noAnswer(): Failure {
    const names = [...new Set(refusals.map(({ tool }) => tool))].join(", ");
    if (names !== "")
      return { kind: "permission_denied", message: `Codex refused the use of ${names} and gave no answer` };
    if (worked) return { kind: "output_invalid", message: "Codex worked but ended without an answer" };
    if (shown) return { kind: "output_invalid", message: "Codex ended with an empty answer" };
    return { kind: "refused", message: "Codex ended without an answer, as it does when the model refuses" };
  }

  return {
    push(line) {
      return lines.read(line, (type, record) => {
        switch (type) {
          case "thread.started":
            sessionId = textAt(record, "thread_id") ?? sessionId;
            return [];
          case "item.started":
            return started(objectAt(record, "item") ?? {});
          case "item.completed":
            return done(objectAt(record, "item") ?? {});
          case "turn.completed":
            completed = true;
            failed = undefined;
            usage = ofThisTurn(usageOf(objectAt(record, "usage")), task) ?? usage;
            return [{ type: "complete" }];
          case "turn.failed":
            failed = textAt(objectAt(record, "error"), "message") ?? lastError ?? "turn failed";
            return [{ type: "complete" }];
          case "error":
            return error(textAt(record, "message") ?? "");
          default:
            return [];
        }
      });
    },
    pushStderr: logged,
    end(exit) {
      const partial = outcome();
      const seen = { complete: completed && failed === undefined, records: lines.count, stray: lines.stray };
      const failure = reported(exit) ?? failures.ofExit(exit, seen);
      if (failure !== undefined) return err({ failure, partial });
      if (answered) return ok(partial);
      return err({ failure: noAnswer(), partial });
    },
  };
}
