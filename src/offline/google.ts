// Speaks Gemini generateContent as gemini-cli 0.61.0 expects it: …/models/M:generateContent, :streamGenerateContent, :countTokens.
import { omitUndefined } from "../util/omit-undefined.js";
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

const ERROR_STATUS: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

const PATH = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):([A-Za-z]+)$/;
const KINDS: Readonly<Record<string, "generate" | "count_tokens">> = {
  generateContent: "generate",
  streamGenerateContent: "generate",
  countTokens: "count_tokens",
};

const CONTEXT = ["<session_context>", "<hook_context>", "System: Potential loop detected."];

/** Beginning of the parts with the content of files that the prompt names with `@`. */
const FILES = "\n--- Content from referenced files ---";

export const google: Protocol = {
  name: "google",
  title: "Gemini generateContent",
  backend: "gemini",

  route(method, path) {
    if (!/^\/v1(beta|alpha)\//.test(path) && !PATH.test(path)) return undefined;
    const kind = KINDS[PATH.exec(path)?.[2] ?? ""];
    if (!kind) return { kind: "fixed", status: 404 };
    return method === "POST" ? { kind } : { kind: "fixed", status: 405 };
  },

  key: (headers, query) => asText(headers["x-goog-api-key"]) || query.get("key"),

  read(body, path): Conversation {
    const [, model = "", method = ""] = PATH.exec(path) ?? [];
    const entries = asList(body.contents).flatMap((content) => entriesOf(asObject(content)));
    const { responseJsonSchema, responseSchema } = asObject(body.generationConfig);
    const helper_schema = responseJsonSchema ?? responseSchema;
    return {
      model: decodeURIComponent(model),
      stream: method === "streamGenerateContent",
      ...readEntries(entries, isContext),
      ...omitUndefined({ helper_schema }),
    };
  },

  async reply(stream, { model, stream: asEvents }, answer) {
    const chunk = (parts: Json[], last: boolean) => ({
      candidates: [
        { content: { role: "model", parts }, ...(last ? { finishReason: finishReason(answer) } : {}), index: 0 },
      ],
      usageMetadata: usage(answer.usage),
      modelVersion: model,
    });
    const blocked = {
      promptFeedback: { blockReason: "SAFETY" },
      usageMetadata: usage(answer.usage),
      modelVersion: model,
    };
    const isBlocked = answer.ending.kind === "prompt_blocked";
    if (!asEvents) {
      await stream.document(answer, (text) =>
        isBlocked ? blocked : chunk([answer.tool ? call(stream, answer) : { text }], true),
      );
      return;
    }
    stream.startEvents();
    if (isBlocked) {
      await stream.event(blocked);
    } else if (answer.tool) {
      await stream.event(chunk([call(stream, answer)], true));
    } else {
      for await (const text of stream.pieces(answer)) await stream.event(chunk([{ text }], false));
      if (await stream.interrupt(answer.ending)) return;
      if (answer.ending.kind === "stream_error") {
        const { type, message } = answer.ending;
        const status = Object.entries(ERROR_STATUS).find(([, name]) => name === type)?.[0] ?? "500";
        // gemini-cli 0.61.0 looks for it in the bare body, and takes an event with it for an empty answer (from its source).
        await stream.raw(JSON.stringify(this.errorBody({ status: Number(status), message, type })));
      } else {
        await stream.event(chunk([{ text: "" }], true));
      }
    }
    stream.end();
  },

  errorBody({ status, message, type = ERROR_STATUS[status] ?? "UNKNOWN", details, retry_after_seconds }: HttpError) {
    const list = details === undefined ? retryInfo(retry_after_seconds) : Array.isArray(details) ? details : [details];
    return { error: { code: status, message, status: type, ...(list ? { details: list } : {}) } };
  },

  countBody: (tokens) => ({ totalTokens: tokens }),
};

function call(stream: ReplyStream, answer: Answer): Json {
  const id = toolId("call", answer.rule, stream.sequence);
  return { functionCall: { id, name: answer.tool?.name, args: answer.tool?.input } };
}

/** Google's services tell the wait in the body; gemini-cli 0.61.0 reads it only there. */
function retryInfo(seconds: number | undefined): Json[] | undefined {
  if (seconds === undefined) return undefined;
  return [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` }];
}

function finishReason({ ending, tool }: Answer): string {
  if (tool) return "STOP";
  if (ending.kind === "refusal" || ending.kind === "content_filter") return "SAFETY";
  return ending.kind === "max_tokens" ? "MAX_TOKENS" : "STOP";
}

function usage({ input_tokens, output_tokens, cached_tokens, reasoning_tokens }: TokenCount): Json {
  return {
    promptTokenCount: input_tokens,
    candidatesTokenCount: output_tokens,
    ...(cached_tokens > 0 ? { cachedContentTokenCount: cached_tokens } : {}),
    ...(reasoning_tokens > 0 ? { thoughtsTokenCount: reasoning_tokens } : {}),
    totalTokenCount: input_tokens + output_tokens + reasoning_tokens,
  };
}

/** Reads one content: a role (user or model) with parts: text, function calls, their responses. */
function entriesOf(content: Json): Entry[] {
  const parts = asList(content.parts).map(asObject);
  if (content.role === "model") {
    const calls = parts.map((part) => asObject(part.functionCall)).filter(({ name }) => name !== undefined);
    const last = calls.at(-1);
    return [last ? { kind: "tool_call", rule: ruleOfToolId(last.id) } : { kind: "model" }];
  }
  if (parts.some(({ functionResponse }) => functionResponse !== undefined)) return [{ kind: "tool_result" }];
  const texts = parts.map(({ text }) => text).filter((text) => typeof text === "string");
  const files = texts.indexOf(FILES);
  return [{ kind: "user", texts: files > 0 ? texts.slice(0, files) : texts }];
}

/** Whether a part is context: the CLI sends it in a separate part before the prompt's part. A notice of the loop detector is a message. */
function isContext(text: string): boolean {
  return CONTEXT.some((beginning) => text.startsWith(beginning));
}
