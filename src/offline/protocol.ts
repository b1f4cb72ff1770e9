// The interface between the offline server and a wire protocol.

import type { BuiltInBackend } from "../schema/backend-name.js";
import type { Answer, HttpError } from "./reply.js";
import type { ReplyStream } from "./reply-stream.js";

/** The parts of a request body that the offline model uses. */
export interface Conversation {
  /** The model's name, echoed in the answer. */
  model: string;
  /** The user's last text, without the context that the CLI added. */
  prompt: string;
  /** Number of the user's prompts before that one. */
  turn: number;
  /** Number of tool results since that prompt. */
  step: number;
  /** The rule that made those tool calls, read from their ids. */
  rule: number | null;
  /** Server-sent events, or one JSON document. */
  stream: boolean;
  /** Set for a CLI's own helper calls: the JSON Schema that the answer must fit. Rules do not apply to them. */
  helper_schema?: unknown;
}

/** How to answer a path. */
export type Route = { kind: "generate" } | { kind: "count_tokens" } | { kind: "fixed"; status: number };

export interface Protocol {
  name: "anthropic" | "openai" | "google";
  title: string;
  backend: BuiltInBackend;
  /** `undefined` = the path belongs to another protocol; status 404 = it belongs to this one, but is unknown. */
  route(method: string, path: string): Route | undefined;
  /** The caller's key, from the header or parameter that this protocol uses. */
  key(headers: Readonly<Record<string, string | string[] | undefined>>, query: URLSearchParams): string | null;
  /** Reads any JSON object as a body: missing and odd values count as empty. Never throws. */
  read(body: Readonly<Record<string, unknown>>, path: string): Conversation;
  /** Writes the whole answer, from the first header to the ending that the answer asks for. */
  reply(stream: ReplyStream, conversation: Conversation, answer: Answer): Promise<void>;
  errorBody(error: HttpError): unknown;
  countBody(tokens: number): unknown;
}

/** A JSON object of unknown content. */
export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Puts the number of its rule into an id, so that a conversation stays with its rule although the server keeps no state. */
export function toolId(prefix: string, rule: number | null, sequence: number): string {
  return `${prefix}_rule${rule ?? "none"}_${sequence}`;
}

export function ruleOfToolId(id: unknown): number | null {
  const found = /_rule(\d+)_/.exec(asText(id));
  return found ? Number(found[1]) : null;
}
