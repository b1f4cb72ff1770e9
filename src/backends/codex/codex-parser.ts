// Parses the JSON lines of `codex exec --json` (0.169.0). The answer is the last `agent_message`; there are no deltas.
import type { Failure } from "../../schema/failure.js";
import type { Task } from "../../schema/task.js";
import type { Usage } from "../../schema/usage.js";
import { type Json, numberAt, objectAt, objectsAt, textAt } from "../../util/json.js";
import { err, ok } from "../../util/result.js";
import { type Clock, FailureReader } from "../failure/failures.js";
import type { Outcome, OutputParser, Progress, ToolCall } from "../shared/backend.js";
import { JsonLines } from "../shared/json-lines.js";
import { oneLine, relativePath, toolDetail } from "../shared/one-line.js";
import { codexSandbox } from "./codex-sandbox.js";
import { codexWords } from "./codex-words.js";

/** A retry of the CLI's own: `Reconnecting... 2/5 (cause)`, `Reconnecting... waiting for network (cause)`. */
const RETRY = /^Reconnecting\.\.\. [^(]*\(([\s\S]*)\)$/;

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
    if (status === "declined") return [{ type: "tool_refused", ...call }];
    const code = numberAt(item, "exit_code");
    const output = textAt(item, "aggregated_output") ?? "";
    const detail = oneLine(output === "" ? (status ?? "") : output);
    const isError = status === "failed" || (code !== undefined && code !== 0);
    const edited = type === "file_change" && !isError;
    return [{ type: "tool_result", tool: call.tool, detail, is_error: isError, ...(edited && { edited }) }];
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
    return [{ ...note, retry: failures.reported({ text: cause ?? text, otherwise: "network" }) }];
  }

  function outcome(): Outcome {
    // codex reports no cost, no model, and no refused calls: a command that its sandbox denies leaves no record.
    return { model, session_id: sessionId, usage, cost_usd: null, refusals: null };
  }

  /** The failure that the records report. */
  function reported(): Failure | undefined {
    const text = failed ?? (completed ? undefined : lastError);
    return text === undefined ? undefined : failures.reported({ text, otherwise: "crashed" });
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
    end(exit) {
      const partial = outcome();
      const seen = { complete: completed && failed === undefined, records: lines.count, stray: lines.stray };
      const failure = reported() ?? failures.ofExit(exit, seen);
      if (failure !== undefined) return err({ failure, partial });
      if (answered) return ok(partial);
      // This is how a refusal by the model looks: the turn completes without a message (captured with 0.169.0).
      const none: Failure = worked
        ? { kind: "output_invalid", message: "Codex worked but ended without an answer" }
        : { kind: "refused", message: "Codex ended without an answer, as it does when the model refuses" };
      return err({ failure: none, partial });
    },
  };
}

/** Tool and subject of an item; `undefined` for items that are no tool calls. */
function toolCall(item: Json, workdir: string): ToolCall | undefined {
  const type = textAt(item, "type");
  switch (type) {
    case "command_execution":
      return { tool: "shell", detail: oneLine(shellCommand(textAt(item, "command") ?? "")), shell: true };
    case "file_change": {
      const changes = objectsAt(item, "changes").map((change) => {
        return `${textAt(change, "kind") ?? "change"} ${relativePath(textAt(change, "path") ?? "?", workdir)}`;
      });
      return { tool: "apply_patch", detail: oneLine(changes.join(", ")) };
    }
    case "mcp_tool_call":
      return { tool: textAt(item, "tool") ?? "mcp", detail: toolDetail(item.arguments, workdir) };
    case "web_search":
      return { tool: "web_search", detail: oneLine(textAt(item, "query") ?? "") };
    default:
      return undefined;
  }
}

/** codex shows the whole shell call (0.169.0: `/bin/bash -lc 'echo hi'`); a person wants to see only the command in it. */
function shellCommand(text: string): string {
  const inner = /^(?:\/\S+\/)?(?:ba|z)?sh -l?c ([\s\S]+)$/.exec(text)?.[1];
  if (inner === undefined) return text;
  const quoted = /^'((?:[^']|'\\'')*)'$/.exec(inner)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("'\\''", "'");
  const double = /^"((?:[^"\\]|\\[\s\S])*)"$/.exec(inner)?.[1];
  return double === undefined ? inner : double.replace(/\\(["\\$`])/g, "$1");
}

/** Subtracts earlier turns: for a resumed thread codex reports the sum over all turns (measured with 0.169.0). */
function ofThisTurn(sum: Usage | null, { session }: Task): Usage | null {
  const before = session?.resume?.usage;
  if (sum === null || session?.resume === undefined) return sum;
  const less = (key: keyof Usage) => {
    const [now, then] = [sum[key], before?.[key] ?? null];
    return now === null || then === null ? null : Math.max(0, now - then);
  };
  return {
    input_tokens: less("input_tokens"),
    output_tokens: less("output_tokens"),
    cached_tokens: less("cached_tokens"),
    reasoning_tokens: less("reasoning_tokens"),
  };
}

/** `input_tokens` includes the cached ones, `output_tokens` the reasoning, as the service counts them. */
function usageOf(usage: Json | undefined): Usage | null {
  if (usage === undefined) return null;
  return {
    input_tokens: numberAt(usage, "input_tokens") ?? null,
    output_tokens: numberAt(usage, "output_tokens") ?? null,
    cached_tokens: numberAt(usage, "cached_input_tokens") ?? null,
    reasoning_tokens: numberAt(usage, "reasoning_output_tokens") ?? null,
  };
}
