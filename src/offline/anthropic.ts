// Speaks Anthropic Messages as Claude Code 2.1.197 expects it: POST /v1/messages (events or JSON), count_tokens, HEAD /.

import { type Entry, readEntries } from "./conversation.js";
import {
  asList,
  asObject,
  asText,
  type Conversation,
  type Json,
  type Protocol,
  ruleOfToolId,
  toolId,
} from "./protocol.js";
import type { Answer, HttpError, TokenCount } from "./reply.js";
import type { ReplyStream } from "./reply-stream.js";

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** Message of the CLI in the user's role after an answer that reached its token limit. */
const CONTINUATION = "Output token limit hit. Resume directly";
/** Message of the CLI in the user's role after an answer that did not use its tool for an `output_schema`. */
const SCHEMA_REMINDER = "[structured-output-enforce]";

export const anthropic: Protocol = {
  name: "anthropic",
  title: "Anthropic Messages",
  backend: "claude",

  route(method, path) {
    if (path === "/") return method === "HEAD" || method === "GET" ? { kind: "fixed", status: 200 } : undefined;
    if (path !== "/v1/messages" && !path.startsWith("/v1/messages/")) return undefined;
    if (method !== "POST") return { kind: "fixed", status: 405 };
    if (path === "/v1/messages") return { kind: "generate" };
    return path === "/v1/messages/count_tokens" ? { kind: "count_tokens" } : { kind: "fixed", status: 404 };
  },

  key(headers) {
    const bearer = /^Bearer (.+)$/.exec(asText(headers.authorization));
    return asText(headers["x-api-key"]) || bearer?.[1] || null;
  },

  read(body): Conversation {
    const entries = asList(body.messages).flatMap((message) => entriesOf(asObject(message)));
    return { model: asText(body.model), stream: body.stream === true, ...readEntries(entries, isContext) };
  },

  async reply(stream, conversation, answer) {
    const id = `msg_offline_${stream.sequence}`;
    const head = { id, type: "message", role: "assistant", model: conversation.model };
    if (!conversation.stream) {
      await stream.document(answer, (text) => ({
        ...head,
        content: answer.tool ? [toolBlock(stream, answer, answer.tool.input)] : [{ type: "text", text }],
        stop_reason: stopReason(answer),
        stop_sequence: null,
        usage: usage(answer.usage),
      }));
      return;
    }
    stream.startEvents();
    const event = (type: string, data: Json) => stream.event({ type, ...data }, type);
    const started = { ...usage(answer.usage), output_tokens: 0 };
    await event("message_start", {
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: started },
    });
    const first = { index: 0 };
    if (answer.tool) {
      await event("content_block_start", { ...first, content_block: toolBlock(stream, answer, {}) });
      const partial_json = JSON.stringify(answer.tool.input);
      await event("content_block_delta", { ...first, delta: { type: "input_json_delta", partial_json } });
    } else {
      await event("content_block_start", { ...first, content_block: { type: "text", text: "" } });
      for await (const text of stream.pieces(answer)) {
        await event("content_block_delta", { ...first, delta: { type: "text_delta", text } });
      }
    }
    if (await stream.interrupt(answer.ending)) return;
    if (answer.ending.kind === "stream_error") {
      const { type, message } = answer.ending;
      await event("error", { error: { type, message } });
    } else {
      await event("content_block_stop", first);
      const { output_tokens } = answer.usage;
      const delta = { stop_reason: stopReason(answer), stop_sequence: null };
      await event("message_delta", { delta, usage: { output_tokens } });
      await event("message_stop", {});
    }
    stream.end();
  },

  errorBody({ status, message, type = ERROR_TYPES[status] ?? "api_error", details }: HttpError) {
    return { type: "error", error: { type, message, ...asObject(details) }, request_id: "req_offline" };
  },

  countBody: (tokens) => ({ input_tokens: tokens }),
};

function toolBlock(stream: ReplyStream, answer: Answer, input: Json): Json {
  return { type: "tool_use", id: toolId("toolu", answer.rule, stream.sequence), name: answer.tool?.name, input };
}

function stopReason({ ending, tool }: Answer): string {
  if (tool) return "tool_use";
  if (ending.kind === "max_tokens") return "max_tokens";
  return ["refusal", "prompt_blocked", "content_filter"].includes(ending.kind) ? "refusal" : "end_turn";
}

/** In this protocol `input_tokens` does not include the cached tokens. */
function usage({ input_tokens, output_tokens, cached_tokens }: TokenCount): Json {
  return {
    input_tokens: Math.max(input_tokens - cached_tokens, 0),
    output_tokens,
    cache_read_input_tokens: cached_tokens,
    cache_creation_input_tokens: 0,
  };
}

/** Reads one message: a string or a list of blocks. The role "system" may stand between messages and is not a prompt. */
function entriesOf(message: Json): Entry[] {
  const blocks = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
  const content = asList(blocks).map(asObject);
  if (message.role === "assistant") {
    const calls = content.filter(({ type }) => type === "tool_use");
    const last = calls.at(-1);
    return [last ? { kind: "tool_call", rule: ruleOfToolId(last.id) } : { kind: "model" }];
  }
  if (message.role !== "user") return [];
  // A text beside a tool result is always a reminder from the CLI.
  if (content.some(({ type }) => type === "tool_result")) return [{ kind: "tool_result" }];
  return [{ kind: "user", texts: content.filter(({ type }) => type === "text").map(({ text }) => asText(text)) }];
}

/** Whether a block is context: the CLI sends it in separate blocks before the prompt's block. */
function isContext(text: string): boolean {
  return ["<system-reminder>", CONTINUATION, SCHEMA_REMINDER].some((beginning) => text.startsWith(beginning));
}
