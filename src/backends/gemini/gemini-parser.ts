// Parses Gemini CLI's stream-json (0.61.0). The answer is the text after the last tool call; errors may come with exit 0.
import type { Failure, FailureKind } from "../../schema/failure.js";
import type { Refusal } from "../../schema/result.js";
import type { Task } from "../../schema/task.js";
import { type Json, objectAt, textAt } from "../../util/json.js";
import { err, ok } from "../../util/result.js";
import { type Clock, FailureReader } from "../failure/failures.js";
import type { Exit, Outcome, OutputParser, Progress, ToolCall } from "../shared/backend.js";
import { JsonLines } from "../shared/json-lines.js";
import { oneLine, toolDetail } from "../shared/one-line.js";
import { READING_TOOLS } from "./gemini-home.js";
import { GeminiRetries } from "./gemini-retries.js";
import { cutAtLimit, kindOfExit, readStats, statusOfExit } from "./gemini-stats.js";
import { readTelemetry, type Telemetry } from "./gemini-telemetry.js";
import { geminiWords } from "./gemini-words.js";

/** Types of a tool error that mean "not allowed" (ToolErrorType in the CLI's source). */
const REFUSED_TYPES = new Set([
  "policy_violation",
  "permission_denied",
  "path_not_in_workspace",
  "sandbox_expansion_required",
]);
/** Tools that the CLI hides if they would need a question to the user: a call of one is a refused call, not a misspelt name. */
const HIDEABLE = new Set([
  "run_shell_command",
  "write_file",
  "replace",
  "edit",
  "web_fetch",
  "google_web_search",
  "save_memory",
]);

/** Tools that change nothing outside the conversation; any other tool may. */
const HARMLESS = new Set([
  ...READING_TOOLS,
  "google_web_search",
  "web_fetch",
  "update_topic",
  "cli_help",
  "complete_task",
]);

/** Tools whose success means that a file was changed. */
const EDITING = new Set(["write_file", "replace"]);

/** Said of an answer that ends with SAFETY, RECITATION or the like after its first words: the CLI says nothing. */
const FILTERED = "a filter of the service stopped it after the first words";

export function geminiParser(task: Task, clock?: Clock): OutputParser {
  const failures = new FailureReader("Gemini CLI", geminiWords, clock);
  let sessionId: string | null = null;
  let asked: string | null = null;
  const retries = new GeminiRetries(failures);
  const lines = new JsonLines();
  /** The pieces of text since the last reset, with the times that the CLI gives them. */
  let pieces: { at: string; text: string }[] = [];
  let result: Json | undefined;
  /** The last `error` event of severity "error", or the warning that a loop was broken. */
  let streamError: string | undefined;
  let shown = false;
  let answered = false;
  let toolSinceText = false;
  let toolCalls = 0;
  const tools = new Map<string, ToolCall>();
  const refusals: Refusal[] = [];

  function text(chunk: string, at: string): Progress[] {
    if (chunk === "") return [];
    const progress: Progress[] = [];
    if (toolSinceText && shown) progress.push({ type: "text_reset" });
    if (toolSinceText) {
      answered = false;
      pieces = [];
    }
    pieces.push({ at, text: chunk });
    toolSinceText = false;
    shown = true;
    answered ||= /\S/.test(chunk);
    progress.push({ type: "text", text: chunk });
    return progress;
  }

  function toolResult(record: Json): Progress[] {
    toolSinceText = true;
    const call = tools.get(textAt(record, "tool_id") ?? "");
    const error = objectAt(record, "error");
    const detail = oneLine(textAt(error, "message") ?? textAt(record, "output") ?? "");
    if (textAt(record, "status") === "error" && isRefusal(textAt(error, "type"), call?.tool, detail)) {
      const refusal = call ?? { tool: "?", detail };
      refusals.push({ tool: refusal.tool, detail: refusal.detail });
      return [{ type: "tool_refused", ...refusal }];
    }
    const isError = textAt(record, "status") === "error";
    const edited = !isError && EDITING.has(call?.tool ?? "");
    return [
      { type: "tool_result", ...(call && { tool: call.tool }), detail, is_error: isError, ...(edited && { edited }) },
    ];
  }

  function errorEvent(record: Json): Progress[] {
    const message = textAt(record, "message") ?? "";
    if (textAt(record, "severity") === "error" || message.startsWith("Loop detected")) streamError = message;
    return [{ type: "note", text: oneLine(message) }];
  }

  function outcome(broken: Telemetry["broken"]): Outcome {
    const { model, usage } = readStats(result, asked);
    const known = { model, session_id: sessionId, usage, cost_usd: null, refusals: [...refusals] };
    const kept = pieces.filter(({ at }) => !broken.some(({ from, to }) => from < at && at <= to));
    // Text of a stream that broke was said again.
    return kept.length === pieces.length || kept.length === 0
      ? known
      : { ...known, text: kept.map((piece) => piece.text).join("") };
  }

  /** The failure that the records report, with the reason, which is often only on stderr. */
  function reported(exit: Exit): Failure | undefined {
    if (result === undefined && streamError === undefined) return undefined;
    const error = objectAt(result, "error");
    if (textAt(result, "status") !== "error" && streamError === undefined) return undefined;
    const words = textAt(error, "message") ?? streamError;
    const reason = failures.reasonIn(exit.stderr);
    const http_status = statusOfExit(exit.exit_code);
    const turns = textAt(error, "type") === "FatalTurnLimitedError";
    const kind = turns ? "max_turns" : kindOfExit(exit.exit_code);
    // If the record is generic, stderr names the real reason; a stream error has its own words.
    const whole = streamError ?? [words, reason].filter((part) => part !== undefined && part !== "").join("\n");
    return failures.reported({ text: whole, words: words ?? reason, kind, otherwise: "crashed", http_status });
  }

  return {
    push(line) {
      return lines.read(line, (type, record) => {
        switch (type) {
          case "init":
            sessionId = textAt(record, "session_id") ?? sessionId;
            asked = textAt(record, "model") ?? asked;
            return [];
          case "message":
            // The CLI repeats the prompt as a message of the user.
            return textAt(record, "role") === "assistant"
              ? text(textAt(record, "content") ?? "", textAt(record, "timestamp") ?? "")
              : [];
          case "tool_use": {
            toolSinceText = true;
            toolCalls++;
            const tool = textAt(record, "tool_name") ?? "?";
            const call: ToolCall = { tool, detail: toolDetail(record.parameters, task.workdir) };
            if (tool === "run_shell_command") call.shell = true;
            tools.set(textAt(record, "tool_id") ?? "", call);
            return [{ type: "tool_call", ...call, may_write: !HARMLESS.has(call.tool) }];
          }
          case "tool_result":
            return toolResult(record);
          case "error":
            return errorEvent(record);
          case "result":
            result = record;
            return [{ type: "complete" }];
          default:
            return [];
        }
      });
    },
    pushStderr(line) {
      const retry = retries.push(line);
      if (retry === undefined) return { progress: [], ours: false };
      return { progress: [{ type: "note", text: `Gemini CLI tries again: ${retry.message}`, retry }], ours: false };
    },
    end(exit) {
      const { finish_reason, broken } = readTelemetry(exit.files?.telemetry);
      const partial = outcome(broken);
      const fail = (kind: FailureKind, message: string) => err({ failure: { kind, message }, partial });
      const cut = () => fail("max_tokens", `The answer was cut at ${limitName(task)}`);
      if (exit.retry !== undefined && result === undefined) return err({ failure: exit.retry, partial });
      const failure = reported(exit) ?? exitFailure(exit);
      if (failure !== undefined) return err({ failure, partial });
      if (answered && !toolSinceText) {
        if (finish_reason === "length" || cutAtLimit(result, task.max_tokens, toolCalls)) return cut();
        if (finish_reason === "content_filter") {
          return err({ failure: failures.reported({ text: FILTERED, kind: "refused" }), partial });
        }
        return ok(partial);
      }
      // Measured with 0.61.0: a prompt that does not fit is never sent; the run "succeeds" with nothing.
      if (lines.count > 0 && !readStats(result, asked).was_asked) {
        return fail("context_too_long", "Gemini CLI sent nothing to the model, as it does when the input is too long");
      }
      if (refusals.length > 0) {
        const names = [...new Set(refusals.map((refusal) => refusal.tool))].join(", ");
        return fail("permission_denied", `Gemini CLI refused the use of ${names} and gave no answer`);
      }
      return fail("output_invalid", "Gemini CLI ended well but gave no answer");
    },
  };

  function exitFailure(exit: Exit): Failure | undefined {
    const kind = kindOfExit(exit.exit_code);
    const seen = {
      complete: result !== undefined,
      records: lines.count,
      stray: lines.stray,
      kind,
      http_status: statusOfExit(exit.exit_code),
    };
    return failures.ofExit(exit, seen);
  }
}

function limitName({ max_tokens }: Task): string {
  return max_tokens > 0 ? `\`max_tokens: ${max_tokens}\`` : "the maximum number of tokens of the model";
}

function isRefusal(type: string | undefined, tool: string | undefined, detail: string): boolean {
  if (type !== undefined && REFUSED_TYPES.has(type)) return true;
  if (type === "tool_not_registered" || /^Tool "\w+" not found/.test(detail)) return HIDEABLE.has(tool ?? "");
  return /^Path not in workspace|denied by policy|requires user confirmation|Access denied/.test(detail);
}
