// What the offline server needs of a wire protocol, and what a protocol gets to answer with.

import type { BuiltInBackend } from "../schema/backend-name.js";
import type { Answer, HttpError } from "./reply.js";
import type { ReplyStream } from "./reply-stream.js";

/** What a request body says, as far as the offline model cares. */
export interface Conversation {
  /** The model's name, echoed in the answer. */
  model: string;
  /** What the user wrote last: without the context that the CLI put around it. */
  prompt: string;
  /** Prompts of the user before that one. */
  turn: number;
  /** Tool results since that prompt. */
  step: number;
  /** The rule that made those tool calls, read back from their ids. */
  rule: number | null;
  /** Server-sent events, or one JSON document. */
  stream: boolean;
  /** Set for a CLI's own helper calls: the JSON Schema that the answer must fit. Rules do not apply to them. */
  helper_schema?: unknown;
}

/** What a path means. */
export type Route = { kind: "generate" } | { kind: "count_tokens" } | { kind: "fixed"; status: number };

export interface Protocol {
  name: "anthropic" | "openai" | "google";
  title: string;
  backend: BuiltInBackend;
  /** `undefined` = this path is not of this protocol; status 404 = of this protocol, but unknown to it. */
  route(method: string, path: string): Route | undefined;
  /** The caller's key, from where this protocol carries it. */
  key(headers: Readonly<Record<string, string | string[] | undefined>>, query: URLSearchParams): string | null;
  /** Reads a body that is any JSON object at all: whatever is missing or odd counts as empty, nothing throws. */
  read(body: Readonly<Record<string, unknown>>, path: string): Conversation;
  /** Writes the answer, from the first header to the end, whatever end the answer asks for. */
  reply(stream: ReplyStream, conversation: Conversation, answer: Answer): Promise<void>;
  errorBody(error: HttpError): unknown;
  countBody(tokens: number): unknown;
}

/** A record of anything, for reading JSON of strangers. */
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

/** Marks an id with the rule that it comes from, so that a conversation stays with its rule without any memory here. */
export function toolId(prefix: string, rule: number | null, sequence: number): string {
  return `${prefix}_rule${rule ?? "none"}_${sequence}`;
}

export function ruleOfToolId(id: unknown): number | null {
  const found = /_rule(\d+)_/.exec(asText(id));
  return found ? Number(found[1]) : null;
}
