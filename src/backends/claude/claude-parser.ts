// Parses Claude Code's stream-json (2.1.197): live text, tool calls, refusals, and the result record, which decides.
import type { FailureKind } from "../../schema/failure.js";
import type { Refusal } from "../../schema/result.js";
import type { Task } from "../../schema/task.js";
import { isObject, type Json, numberAt, objectAt, objectsAt, textAt } from "../../util/json.js";
import { err, ok } from "../../util/result.js";
import { type Clock, FailureReader } from "../failure/failures.js";
import type { Outcome, OutputParser, Progress, ToolCall } from "../shared/backend.js";
import { JsonLines } from "../shared/json-lines.js";
import { oneLine, toolDetail } from "../shared/one-line.js";
import { claudeFailure } from "./claude-failure.js";
import { askedSeconds, RETRY_KINDS, repeated, wholeCause } from "./claude-retries.js";
import { inputTokens, usageOf } from "./claude-usage.js";
import { claudeWords } from "./claude-words.js";

/** How the CLI words a tool call that it did not allow (captured; `permission_denials` of the result has all). */
const REFUSED =
  /haven't granted it yet|was blocked\. For security|permission to use .* (?:has been )?denied|requires approval|exists but is not enabled/i;

/** Tools that change nothing outside the conversation; any other tool may. */
const HARMLESS = new Set(
  "Read Grep Glob LS NotebookRead WebFetch WebSearch TodoRead TodoWrite TaskGet TaskList TaskOutput StructuredOutput".split(
    " ",
  ),
);

/** Tools whose success means that a file was changed. */
const EDITING = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);

export function claudeParser(task: Task, clock?: Clock): OutputParser {
  const failures = new FailureReader("Claude Code", claudeWords, clock);
  let sessionId: string | null = null;
  let model: string | null = null;
  let result: Json | undefined;
  const lines = new JsonLines();
  /** The message that is being streamed, and the message whose text was sent last. */
  let streaming: string | undefined;
  let shown: string | undefined;
  /** Messages whose text came in deltas: the CLI repeats it as a whole. */
  const streamed = new Set<string>();
  /** The answer was cut at the token limit and the CLI continues it in another message: both texts are one answer. */
  let continues = false;
  /** Since the last reset: whether any text but white space came, and the last whole block of text. */
  let answered = false;
  let lastBlock: string | undefined;
  const tools = new Map<string, ToolCall>();
  const refused = new Map<string, Refusal>();
  /** Tokens of the model calls so far; the CLI does not report the calls of sub-agents. */
  let tokens = 0;
  /** A key is used, not a login that the CLI can refresh. */
  let byKey = true;
  let apiError: string | undefined;
  let rejected: { resets_at: Date | undefined; needs_credits: boolean } | undefined;

  function text(message: string, chunk: string): Progress[] {
    if (chunk === "") return [];
    const progress: Progress[] = [];
    if (shown !== undefined && shown !== message) {
      if (!continues) {
        progress.push({ type: "text_reset" });
        answered = false;
      }
      continues = false;
    }
    shown = message;
    answered ||= /\S/.test(chunk);
    progress.push({ type: "text", text: chunk });
    return progress;
  }

  function callOf(tool = "?", input: unknown): ToolCall {
    const call = { tool, detail: toolDetail(input, task.workdir) };
    return tool === "Bash" ? { ...call, shell: true } : call;
  }

  function streamEvent(record: Json): Progress[] {
    if (typeof record.parent_tool_use_id === "string") return [];
    const event = objectAt(record, "event");
    switch (textAt(event, "type")) {
      case "message_start":
        streaming = textAt(objectAt(event, "message"), "id") ?? "?";
        tokens += inputTokens(objectAt(objectAt(event, "message"), "usage"));
        break;
      case "content_block_delta": {
        const delta = objectAt(event, "delta");
        if (textAt(delta, "type") !== "text_delta") break;
        const id = streaming ?? "?";
        streamed.add(id);
        return text(id, textAt(delta, "text") ?? "");
      }
      case "message_delta":
        tokens += numberAt(objectAt(event, "usage"), "output_tokens") ?? 0;
        if (textAt(objectAt(event, "delta"), "stop_reason") === "max_tokens") continues = true;
        break;
    }
    return [];
  }

  function assistant(record: Json): Progress[] {
    const message = objectAt(record, "message");
    const main = typeof record.parent_tool_use_id !== "string";
    const name = textAt(message, "model");
    if (name === "<synthetic>") {
      // This text is the CLI's own, not the model's; the result repeats it.
      apiError = textAt(record, "error") ?? apiError;
      return [];
    }
    if (main && name !== undefined) model = name;
    const id = textAt(message, "id") ?? "?";
    const progress: Progress[] = [];
    for (const block of objectsAt(message, "content")) {
      const type = textAt(block, "type");
      if (type === "text" && main) {
        const whole = textAt(block, "text") ?? "";
        if (!streamed.has(id)) progress.push(...text(id, whole));
        lastBlock = whole;
      } else if (type === "tool_use") {
        const call = callOf(textAt(block, "name"), block.input);
        tools.set(textAt(block, "id") ?? "", call);
        progress.push({ type: "tool_call", ...call, may_write: !HARMLESS.has(call.tool) });
      }
    }
    return progress;
  }

  function user(record: Json): Progress[] {
    return objectsAt(objectAt(record, "message"), "content").flatMap((block): Progress[] => {
      if (textAt(block, "type") !== "tool_result") return [];
      const id = textAt(block, "tool_use_id") ?? "";
      const call = tools.get(id);
      const detail = oneLine(contentText(block.content));
      const isError = block.is_error === true;
      if (isError && REFUSED.test(detail)) {
        const refusal = call ?? { tool: "?", detail };
        refused.set(id, { tool: refusal.tool, detail: refusal.detail });
        return [{ type: "tool_refused", ...refusal }];
      }
      const edited = !isError && EDITING.has(call?.tool ?? "");
      const known = { ...(call && { tool: call.tool }), ...(edited && { edited }), ...(tokens > 0 && { tokens }) };
      return [{ type: "tool_result", detail, is_error: isError, ...known }];
    });
  }

  function system(record: Json): Progress[] {
    switch (textAt(record, "subtype")) {
      case "init":
        byKey = textAt(record, "apiKeySource") !== "none";
        sessionId = textAt(record, "session_id") ?? sessionId;
        model = textAt(record, "model") ?? model;
        return [];
      case "api_retry": {
        const error = textAt(record, "error") ?? "unknown";
        const status = numberAt(record, "error_status");
        const attempt = numberAt(record, "attempt");
        const of = `${attempt ?? "?"}/${numberAt(record, "max_retries") ?? "?"}`;
        const note = `Claude Code tries again (${of}): ${error}${status === undefined ? "" : ` ${status}`}`;
        // A login is refreshed by the first repetition; a key that is refused stays refused.
        if (error === "authentication_failed" && !byKey && attempt === 1) return [{ type: "note", text: note }];
        const retry = failures.reported({
          text: error,
          kind: RETRY_KINDS[error],
          http_status: status,
          otherwise: "network",
          resets_at: rejected?.resets_at,
          retry_after_seconds: askedSeconds(numberAt(record, "retry_delay_ms")),
        });
        return [{ type: "note", text: note, retry: repeated(retry) }];
      }
      default:
        return [];
    }
  }

  function rateLimit(record: Json): Progress[] {
    const info = objectAt(record, "rate_limit_info");
    if (textAt(info, "status") !== "rejected") return [];
    const seconds = numberAt(info, "resetsAt");
    rejected = {
      resets_at: seconds === undefined ? undefined : new Date(seconds * 1000),
      needs_credits: textAt(info, "errorCode") === "credits_required",
    };
    return [];
  }

  function finish(record: Json): Progress[] {
    result = record;
    sessionId = textAt(record, "session_id") ?? sessionId;
    const denied = objectsAt(record, "permission_denials").flatMap((denial): Progress[] => {
      const id = textAt(denial, "tool_use_id") ?? `denial ${refused.size}`;
      const known = refused.has(id);
      const refusal = callOf(textAt(denial, "tool_name"), denial.tool_input);
      refused.set(id, { tool: refusal.tool, detail: refusal.detail });
      return known ? [] : [{ type: "tool_refused", ...refusal }];
    });
    // Measured with 2.1.197: shells in the background get five more seconds; for agents there the record waits.
    return [...denied, { type: "complete" }];
  }

  function outcome(): Outcome {
    const usage = result === undefined ? null : usageOf(result);
    model ??= Object.keys(objectAt(result, "modelUsage") ?? {})[0] ?? null;
    const cost_usd = numberAt(result, "total_cost_usd") ?? null;
    const known = { model, session_id: sessionId, usage, cost_usd, refusals: [...refused.values()] };
    // If it is missing, the model never called the tool for it: then only the text can be checked.
    return result?.structured_output === undefined ? known : { ...known, structured: result.structured_output };
  }

  return {
    push(line) {
      return lines.read(line, (type, record) => {
        switch (type) {
          case "system":
            return system(record);
          case "stream_event":
            return streamEvent(record);
          case "assistant":
            return assistant(record);
          case "user":
            return user(record);
          case "rate_limit_event":
            return rateLimit(record);
          case "result":
            return finish(record);
          default:
            return [];
        }
      });
    },
    end(exit) {
      const partial = outcome();
      const fail = (kind: FailureKind, message: string) => err({ failure: { kind, message }, partial });
      if (result !== undefined) {
        const failure = claudeFailure(result, { apiError, rejected }, failures);
        if (failure !== undefined) return err({ failure, partial });
      }
      // `result` repeats only the last block of text; an answer can have several, and continue after a token limit.
      const final = textAt(result, "result");
      const told = final === undefined || final === lastBlock;
      const outcomeWithText = told ? partial : { ...partial, text: final };
      const seen = { complete: result !== undefined, records: lines.count, stray: lines.stray };
      if (exit.retry !== undefined && result === undefined) {
        return err({ failure: wholeCause(exit.retry, exit.files?.errors, failures), partial: outcomeWithText });
      }
      const failure = failures.ofExit(exit, seen);
      if (failure !== undefined) return err({ failure, partial: outcomeWithText });
      if (told ? answered : /\S/.test(final)) return ok(outcomeWithText);
      if (refused.size > 0) {
        return fail("permission_denied", `Claude Code refused ${refusalList(partial.refusals)} and gave no answer`);
      }
      return fail("output_invalid", "Claude Code ended well but gave no answer");
    },
  };
}

function refusalList(refusals: Refusal[] | null): string {
  const names = [...new Set((refusals ?? []).map((refusal) => refusal.tool))];
  return `the tool${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

/** Text of a tool result: a string, or a list of blocks. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((block) => (isObject(block) ? (textAt(block, "text") ?? "") : "")).join(" ");
}
