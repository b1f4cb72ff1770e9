// Makes the answer of the offline model from a rule, or without one; a protocol then puts it on the wire.

import type { Conversation, Protocol } from "./protocol.js";
import type { Answer, Ending, HttpError, TokenCount } from "./reply.js";
import type { FoundRule } from "./rule-book.js";
import type { ScriptedReply } from "./script.js";

/** Text is sent in pieces of this many characters, unless a rule cuts it. */
const DEFAULT_PIECE = 64;
/** Generated text is sent in pieces of this many characters. */
const FLOOD_PIECE = 16 * 1024;

/** A rough but predictable count: four characters are one token. */
export function tokensOf(characters: number): number {
  return Math.ceil(characters / 4);
}

/** The answer of a rule at this point of the conversation. */
export function scriptedAnswer({ index, reply, rest_seconds }: FoundRule, conversation: Conversation): Answer {
  const base = {
    rule: index,
    latency_ms: reply.latency_ms ?? 0,
    chunk_delay_ms: reply.chunk_delay_ms ?? 0,
  };
  const tool = reply.tools?.[conversation.step];
  if (tool) {
    const usage = usageOf(conversation, JSON.stringify(tool.input).length, reply);
    return { ...base, tool, pieces: () => [], ending: { kind: "complete" }, usage };
  }
  const { length, pieces } = textOf(reply, conversation);
  const answer: Answer = { ...base, pieces, ending: endingOf(reply), usage: usageOf(conversation, length, reply) };
  if (reply.hang === "before_headers") return { ...answer, failure: "hang" };
  if (!reply.error) return answer;
  const { status, message = `offline model: scripted error ${status}`, type, code, details, headers } = reply.error;
  const asked = reply.error.retry_after_seconds;
  const retry_after_seconds = asked === "rest" ? Math.ceil(rest_seconds) : asked;
  return { ...answer, failure: failure({ status, message, type, code, details, retry_after_seconds }, headers) };
}

/** The answer of a service whose rate limit is used up for so many seconds. */
export function limitedAnswer(seconds: number, conversation: Conversation): Answer {
  const message = "offline model: the rate limit of its script is reached";
  const retry_after_seconds = Math.ceil(seconds);
  return { ...textAnswer("", conversation), failure: failure({ status: 429, message, retry_after_seconds }) };
}

function failure(error: HttpError, headers: Readonly<Record<string, string>> = {}): NonNullable<Answer["failure"]> {
  const after = error.retry_after_seconds;
  return { error, headers: { ...headers, ...(after === undefined ? {} : { "retry-after": String(after) }) } };
}

/** The answer to a request without a matching rule: says plainly that no model was asked. Contains no prompt text. */
export function unscriptedAnswer(conversation: Conversation, protocol: Protocol): Answer {
  const { model, prompt } = conversation;
  const text =
    `[offline model] No AI model was asked. clinvk's built-in stand-in got this request over ${protocol.title}, ` +
    `for the model "${model}", with a prompt of ${prompt.length} characters.`;
  return textAnswer(text, conversation);
}

/** A plain answer with this text. */
export function textAnswer(text: string, conversation: Conversation): Answer {
  return {
    rule: null,
    latency_ms: 0,
    chunk_delay_ms: 0,
    pieces: () => split(text, DEFAULT_PIECE),
    ending: { kind: "complete" },
    usage: usageOf(conversation, text.length, {}),
  };
}

function usageOf(conversation: Conversation, outputLength: number, { usage = {} }: ScriptedReply): TokenCount {
  return {
    input_tokens: usage.input_tokens ?? tokensOf(conversation.prompt.length),
    output_tokens: usage.output_tokens ?? tokensOf(outputLength),
    cached_tokens: usage.cached_tokens ?? 0,
    reasoning_tokens: usage.reasoning_tokens ?? 0,
  };
}

function endingOf(reply: ScriptedReply): Ending {
  if (reply.stream_error) {
    const { type, message = `offline model: scripted ${type}`, after_chunks: after = 0 } = reply.stream_error;
    return { kind: "stream_error", after, type, message };
  }
  if (reply.cut !== undefined) return { kind: "cut", after: reply.cut };
  if (reply.hang === "mid_stream") return { kind: "hang", after: 1 };
  for (const kind of ["malformed", "refusal", "max_tokens", "prompt_blocked", "content_filter"] as const) {
    if (reply[kind]) return { kind };
  }
  return { kind: "complete" };
}

function textOf(
  { bytes, chunks, echo, text = "" }: ScriptedReply,
  { prompt }: Conversation,
): { length: number; pieces: () => Iterable<string> } {
  if (Array.isArray(chunks)) return { length: chunks.join("").length, pieces: () => chunks };
  if (bytes !== undefined) {
    return { length: bytes, pieces: () => generate(bytes, chunks ? Math.ceil(bytes / chunks) : FLOOD_PIECE) };
  }
  const whole = echo ? prompt : text;
  return {
    length: whole.length,
    pieces: () => split(whole, chunks ? Math.ceil(whole.length / chunks) : DEFAULT_PIECE),
  };
}

/** Cuts a text into pieces of about `size` characters; never splits a surrogate pair. */
function* split(text: string, size: number): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + Math.max(size, 1), text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to += 1;
    yield text.slice(from, to);
    from = to;
  }
}

/**
 * Generates numbered lines, one piece at a time. The numbers are needed because gemini-cli 0.61.0 stops a model that repeats
 * itself ("Loop detected"): no 50 characters of this text occur twice.
 */
function* generate(length: number, size: number): Generator<string> {
  for (let from = 0; from < length; from += size) {
    const to = Math.min(from + size, length);
    const first = Math.floor(from / LINE_LENGTH);
    const lines = Array.from({ length: Math.ceil(to / LINE_LENGTH) - first }, (_, at) => generatedLine(first + at));
    yield lines.join("").slice(from - first * LINE_LENGTH, to - first * LINE_LENGTH);
  }
}

const LINE_LENGTH = 20;

function generatedLine(index: number): string {
  return `offline ${String(index).padStart(11, "0")}\n`;
}
