// The schema of the offline model's script, which says which rule answers which request. Only the script file can decide
// this; a prompt never can.
import * as z from "zod/mini";
import { formatPath } from "../document/diagnostics.js";
import { validate, withoutFreeKeys } from "../document/validate.js";
import { BuiltInBackend } from "../schema/backend-name.js";
import { err, ok, type Result } from "../util/result.js";

const count = z.int().check(z.minimum(0));
const positive = z.int().check(z.minimum(1));
const seconds = z.number().check(z.positive());

/** A tool call that the model makes: `name` as the CLI calls its tool, `input` as its parameters. */
const ScriptedTool = z.strictObject({
  name: z.string().check(z.minLength(1)),
  input: z.record(z.string(), z.unknown()),
});

/** An HTTP error in the terms of the request's protocol; a missing field gets that protocol's usual value. */
const ScriptedError = z.strictObject({
  status: z.int().check(z.minimum(400), z.maximum(599)),
  message: z.optional(z.string()),
  /** Anthropic and OpenAI: `error.type`; Gemini: `error.status`. */
  type: z.optional(z.string()),
  /** OpenAI: `error.code`. */
  code: z.optional(z.string()),
  /** The header `retry-after`, and Google's `RetryInfo`. `rest`: what is left of the rule's `for_seconds`. */
  retry_after_seconds: z.optional(
    z.union([z.number().check(z.minimum(0)), z.literal("rest")], { error: "expected a number of seconds or `rest`" }),
  ),
  headers: z.optional(z.record(z.string(), z.string())),
  /** Gemini: `error.details` (a single object becomes a list of one); the others: more fields of `error`. */
  details: z.optional(
    z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())], { error: "expected an object or a list" }),
  ),
});

/** An error that arrives inside a stream that began well (HTTP 200). */
const ScriptedStreamError = z.strictObject({
  type: z.string().check(z.minLength(1)),
  message: z.optional(z.string()),
  /** Number of text pieces before the error. */
  after_chunks: z.optional(count),
});

/** The ways to end an answer abnormally: at most one of these per reply. */
const ENDINGS = [
  "error",
  "stream_error",
  "cut",
  "hang",
  "malformed",
  "refusal",
  "max_tokens",
  "prompt_blocked",
  "content_filter",
] as const;

/** The sources of the text: at most one of these per reply (`chunks` as a list is text, too). */
const TEXT_SOURCES = ["text", "echo", "bytes"] as const;

const replyFields = {
  text: z.optional(z.string()),
  /** The answer is the user's prompt. */
  echo: z.optional(z.literal(true)),
  /** Generates this many characters of text (one byte each), for floods. */
  bytes: z.optional(count),
  /** How many pieces the text is streamed in, or the pieces themselves. */
  chunks: z.optional(
    z.union([positive, z.array(z.string()).check(z.minLength(1))], {
      error: "expected a number of pieces or a list of texts",
    }),
  ),
  chunk_delay_ms: z.optional(count),
  /** Delay before the answer, for every request of the conversation. */
  latency_ms: z.optional(count),
  /** One tool round trip per entry, in order; the rest of the reply follows after the last. */
  tools: z.optional(z.array(ScriptedTool)),
  usage: z.optional(
    z.strictObject({
      /** All input tokens, cached ones included. */
      input_tokens: z.optional(count),
      output_tokens: z.optional(count),
      cached_tokens: z.optional(count),
      reasoning_tokens: z.optional(count),
    }),
  ),
  error: z.optional(ScriptedError),
  stream_error: z.optional(ScriptedStreamError),
  /** Drops the connection after this many pieces of text. */
  cut: z.optional(count),
  /** Never answers, or goes silent after the first piece of text. */
  hang: z.optional(z.enum(["before_headers", "mid_stream"])),
  /** Sends a stream that is not JSON. */
  malformed: z.optional(z.literal(true)),
  refusal: z.optional(z.literal(true)),
  max_tokens: z.optional(z.literal(true)),
  /** Gemini: the prompt itself is blocked; the others: a refusal without text. */
  prompt_blocked: z.optional(z.literal(true)),
  /** OpenAI: the answer is incomplete because of a filter, after its text; the others: a refusal. */
  content_filter: z.optional(z.literal(true)),
};

const ScriptedReply = z.strictObject(replyFields).check(
  z.superRefine((reply, context) => {
    const sources: (keyof typeof replyFields)[] = TEXT_SOURCES.filter((key) => reply[key] !== undefined);
    if (Array.isArray(reply.chunks)) sources.push("chunks");
    for (const [first, ...others] of [sources, ENDINGS.filter((key) => reply[key] !== undefined)]) {
      for (const key of others) {
        const message = `can't be combined with \`${first}\``;
        context.addIssue({ code: "custom", path: [key], message, input: reply });
      }
    }
  }),
);
export type ScriptedReply = z.infer<typeof ScriptedReply>;

const pattern = z.string().check(
  z.superRefine((source, context) => {
    try {
      new RegExp(source, "u");
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : "is not a regular expression");
    }
  }),
);

/** When a rule applies: all given fields must match; without fields it matches every request. */
const ScriptedMatch = z.strictObject({
  /** Regular expression (JavaScript, flag `u`), searched in the user's text, never in the context that a CLI adds. */
  prompt: z.optional(pattern),
  backend: z.optional(BuiltInBackend),
  /** The model's full name as the request has it. */
  model: z.optional(z.string()),
  /** Number of earlier prompts of the user in this conversation: 0 for the first. */
  turn: z.optional(count),
  /** Number of tool results since that prompt. Such a rule comes before the one that made the tool calls. */
  step: z.optional(count),
  /** Only requests for a stream, or only the others. */
  stream: z.optional(z.boolean()),
});

const Rule = z
  .strictObject({
    match: z.optional(ScriptedMatch),
    /** How many requests this rule may answer in all; tool rounds of a conversation that it began do not count. */
    times: z.optional(positive),
    /** How long this rule holds, from the first request that it answers: an outage that passes. */
    for_seconds: z.optional(seconds),
    reply: ScriptedReply,
  })
  .check(
    z.superRefine(({ for_seconds, reply }, context) => {
      if (reply.error?.retry_after_seconds !== "rest" || for_seconds !== undefined) return;
      const path = ["reply", "error", "retry_after_seconds"];
      context.addIssue({
        code: "custom",
        path,
        message: "expected a number of seconds in a rule without `for_seconds`",
        input: reply,
      });
    }),
  );

export const OfflineScript = z.strictObject({
  /** A rate limit, for each backend's service by itself: 429 and the rest of the window as Retry-After beyond it. */
  limit: z.optional(z.strictObject({ requests: positive, per_seconds: seconds })),
  rules: z.array(Rule),
});
export type OfflineScript = z.infer<typeof OfflineScript>;

/** A problem in a script and its place: `rules[2].match.prompt`. An empty path is the whole document. */
export interface ScriptProblem {
  path: string;
  message: string;
  hint?: string;
}

/** Checks a parsed script; reports all problems at once. */
export function parseOfflineScript(value: unknown): Result<OfflineScript, ScriptProblem[]> {
  const { value: script, problems } = validate(OfflineScript, withoutFreeKeys(value));
  if (script !== undefined) return ok(script);
  return err(
    problems.map(({ path, message, hint }) => ({ path: formatPath(path), message, ...(hint ? { hint } : {}) })),
  );
}
