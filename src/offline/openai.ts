// Speaks OpenAI Responses as codex 0.169.0 expects it from a custom provider: POST …/responses. No WebSocket: 426.

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
import type { Answer, Ending, HttpError, TokenCount } from "./reply.js";
import type { ReplyStream } from "./reply-stream.js";

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

/** Why an answer is not complete. */
const INCOMPLETE: Readonly<Partial<Record<Ending["kind"], string>>> = {
  max_tokens: "max_output_tokens",
  content_filter: "content_filter",
};

/** Beginnings of the messages that codex writes in the user's role. */
const CONTEXT = [
  "<environment_context>",
  "<user_instructions>",
  "<turn_aborted>",
  "<user_shell_command>",
  "<subagent_notification>",
  "<skill>",
  "# AGENTS.md instructions for ",
];

export const openai: Protocol = {
  name: "openai",
  title: "OpenAI Responses",
  backend: "codex",

  route(method, path) {
    if (!/^(\/v1)?\/responses(\/|$)/.test(path)) return undefined;
    if (!path.endsWith("/responses")) return { kind: "fixed", status: 404 };
    // codex's built-in provider asks for a WebSocket first; after a 426 it uses POST at once.
    return method === "POST" ? { kind: "generate" } : { kind: "fixed", status: method === "GET" ? 426 : 405 };
  },

  key: (headers) => /^Bearer (.+)$/.exec(asText(headers.authorization))?.[1] ?? null,

  read(body): Conversation {
    const items = typeof body.input === "string" ? [{ role: "user", content: body.input }] : body.input;
    const entries = asList(items).flatMap((item) => entriesOf(asObject(item)));
    return { model: asText(body.model), stream: body.stream === true, ...readEntries(entries, isContext) };
  },

  async reply(stream, conversation, answer) {
    const head = { id: `resp_offline_${stream.sequence}`, object: "response", model: conversation.model };
    if (!conversation.stream) {
      await stream.document(answer, (text) => ({ ...head, ...outcome(answer), output: [item(stream, answer, text)] }));
      return;
    }
    stream.startEvents();
    const event = (type: string, data: Json) => stream.event({ type, ...data }, type);
    await event("response.created", { response: { ...head, status: "in_progress" } });
    const at = { output_index: 0 };
    if (answer.tool) {
      await event("response.output_item.done", { ...at, item: item(stream, answer, "") });
    } else {
      const { id } = message(stream, []);
      await event("response.output_item.added", { ...at, item: message(stream, []) });
      const delta = refused(answer) ? "response.refusal.delta" : "response.output_text.delta";
      for await (const piece of stream.pieces(answer)) {
        await event(delta, { ...at, item_id: id, content_index: 0, delta: piece });
      }
      if (await stream.interrupt(answer.ending)) return;
      if (answer.ending.kind === "stream_error") {
        const { type, message: text } = answer.ending;
        await event("response.failed", {
          response: { ...head, status: "failed", error: { code: type, message: text } },
        });
        stream.end();
        return;
      }
      // The item repeats the whole text. A flood is generated again piece by piece and never kept.
      const [before, after] = JSON.stringify({
        type: "response.output_item.done",
        ...at,
        item: item(stream, answer, "\u0000"),
      }).split("\\u0000");
      await stream.raw(`event: response.output_item.done\ndata: ${before}`);
      for await (const piece of stream.pieces({ ...answer, chunk_delay_ms: 0 })) {
        await stream.raw(JSON.stringify(piece).slice(1, -1));
      }
      await stream.raw(`${after}\n\n`);
    }
    const { status, ...rest } = outcome(answer);
    await event(`response.${status}`, { response: { ...head, status, ...rest } });
    stream.end();
  },

  errorBody({ status, message: text, type = ERROR_TYPES[status] ?? "server_error", code, details }: HttpError) {
    return { error: { message: text, type, code: code ?? null, param: null, ...asObject(details) } };
  },

  countBody: (tokens) => ({ input_tokens: tokens }),
};

function refused({ ending }: Answer): boolean {
  return ending.kind === "refusal" || ending.kind === "prompt_blocked";
}

function message(stream: ReplyStream, content: Json[]) {
  return { type: "message", role: "assistant", id: `msg_offline_${stream.sequence}`, content };
}

/** The single output item of an answer: a function call, a text, or a refusal. */
function item(stream: ReplyStream, answer: Answer, text: string): Json {
  if (answer.tool) {
    const call_id = toolId("call", answer.rule, stream.sequence);
    const { name, input } = answer.tool;
    return { type: "function_call", id: `fc_${stream.sequence}`, call_id, name, arguments: JSON.stringify(input) };
  }
  return message(stream, [refused(answer) ? { type: "refusal", refusal: text } : { type: "output_text", text }]);
}

function outcome(answer: Answer): { status: "completed" | "incomplete"; incomplete_details?: Json; usage: Json } {
  const reason = INCOMPLETE[answer.ending.kind];
  const counted = usage(answer.usage);
  if (reason === undefined) return { status: "completed", usage: counted };
  return { status: "incomplete", incomplete_details: { reason }, usage: counted };
}

function usage({ input_tokens, output_tokens, cached_tokens, reasoning_tokens }: TokenCount): Json {
  return {
    input_tokens,
    input_tokens_details: { cached_tokens },
    output_tokens,
    output_tokens_details: { reasoning_tokens },
    total_tokens: input_tokens + output_tokens,
  };
}

/** Reads one item: a message with a role (developer, user, assistant), a tool call, or its output. */
function entriesOf(entry: Json): Entry[] {
  const type = asText(entry.type) || "message";
  if (type.endsWith("_call_output")) return [{ kind: "tool_result" }];
  if (type.endsWith("_call")) return [{ kind: "tool_call", rule: ruleOfToolId(entry.call_id) }];
  if (type !== "message") return [];
  if (entry.role === "assistant") return [{ kind: "model" }];
  if (entry.role !== "user") return [];
  if (typeof entry.content === "string") return [{ kind: "user", texts: [entry.content] }];
  const parts = asList(entry.content).map(asObject);
  return [{ kind: "user", texts: parts.filter((part) => part.type === "input_text").map((part) => asText(part.text)) }];
}

/** Whether a message is context: the CLI sends it in separate messages before the prompt's message. */
function isContext(text: string): boolean {
  return CONTEXT.some((beginning) => text.startsWith(beginning));
}
