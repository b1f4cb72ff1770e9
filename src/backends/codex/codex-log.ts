// What codex tells only in its log on stderr (0.169.0): its retries and their pauses, statuses of the service, and commands
// and patches that it stops. The lines that we ask for have no arguments, no output and no prompt in them.
import { stripVTControlCharacters } from "node:util";

/**
 * For RUST_LOG: a field in brackets chooses the records that have it, so that there are no other lines. Without RUST_LOG codex
 * logs errors, and so does this.
 */
export const LOG_FILTER = [
  "codex_otel.trace_safe[{retry.delay_ms}]=trace",
  "codex_otel.trace_safe[{http.response.status_code}]=info",
  "codex_otel.trace_safe[{sandbox_policy}]=info",
  "codex_otel.trace_safe[{outcome}]=info",
].join(",");

export type LogRecord =
  /** codex asks again after `delay_ms`: `attempt` counts from 1. `http` = the inner loop, `stream` = the one that stdout tells. */
  | { type: "retry"; layer: string; attempt: number; delay_ms: number }
  /** The end of a request; no status = there was no connection. */
  | { type: "request"; status: number | undefined; error: string | undefined }
  | { type: "sandbox"; policy: string }
  /** A command that the sandbox stopped in its first moments, of which stdout has no record. */
  | { type: "denied"; tool: string }
  /** A command or patch that codex did not start. codex prints this line without being asked. */
  | { type: "rejected"; tool: string; detail: string }
  /** Another record that only the filter lets through. */
  | { type: "other" };

/** The record in a line; `undefined` = it is none. */
export function readLog(line: string): LogRecord | undefined {
  // Most lines of a user's own log end here.
  if (!line.includes("codex_otel.trace_safe") && !line.includes("codex_core::tools::router")) return undefined;
  const text = stripVTControlCharacters(line);
  const router = /^\S+ +ERROR (?:.*: )?codex_core::tools::router: error=(.*)$/.exec(text)?.[1];
  if (router !== undefined) return rejected(router);
  const [, name, fields = ""] =
    /^\S+ +[A-Z]+ (?:.*: )?codex_otel\.trace_safe: event\.name="codex\.(\w+)" (.*)$/.exec(text) ?? [];
  switch (name) {
    case undefined:
      return undefined;
    case "retry": {
      const [attempt, delay_ms] = [numberOf(fields, "retry.attempt"), numberOf(fields, "retry.delay_ms")];
      if (attempt === undefined || delay_ms === undefined) return { type: "other" };
      return { type: "retry", layer: fieldOf(fields, "retry.layer") ?? "", attempt, delay_ms };
    }
    case "api_request": {
      const status = numberOf(fields, "http.response.status_code");
      return { type: "request", status, error: fieldOf(fields, "error.message") };
    }
    case "conversation_starts":
      return { type: "sandbox", policy: fieldOf(fields, "sandbox_policy") ?? "" };
    case "sandbox_outcome":
      if (fieldOf(fields, "outcome") !== "denied") return { type: "other" };
      return { type: "denied", tool: fieldOf(fields, "tool_name") ?? "exec_command" };
    default:
      return { type: "other" };
  }
}

/** The reason why codex did not start a tool; other errors of its router are mistakes of the model. */
function rejected(reason: string): LogRecord | undefined {
  const patch = /^patch rejected: ([^;]+)/.exec(reason)?.[1];
  if (patch !== undefined) return { type: "rejected", tool: "apply_patch", detail: patch };
  const command = /Rejected\(\\?"`(.+?)` rejected: /.exec(reason)?.[1];
  if (command !== undefined) return { type: "rejected", tool: "shell", detail: command };
  return reason.includes("; reject command") ? { type: "rejected", tool: "shell", detail: reason } : undefined;
}

function fieldOf(fields: string, name: string): string | undefined {
  const [, quoted, bare] =
    new RegExp(`(?:^| )${name.replaceAll(".", "\\.")}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(fields) ?? [];
  return quoted ?? bare;
}

function numberOf(fields: string, name: string): number | undefined {
  const text = fieldOf(fields, name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
