// The script of the offline model: which rule answers which request. Only the script file can do this; a prompt never can.
import * as z from "zod/mini";
import { formatPath } from "../document/diagnostics.js";
import { validate, withoutFreeKeys } from "../document/validate.js";
import { BuiltInBackend } from "../schema/backend-name.js";
import { err, ok, type Result } from "../util/result.js";

const count = z.int().check(z.minimum(0));
const positive = z.int().check(z.minimum(1));

/** A tool call that the model makes: `name` as the CLI calls its tool, `input` as its parameters. */
const ScriptedTool = z.strictObject({
  name: z.string().check(z.minLength(1)),
  input: z.record(z.string(), z.unknown()),
});

/** An HTTP error, in the words of the protocol that was asked; what is left out gets that protocol's usual value. */
const ScriptedError = z.strictObject({
  status: z.int().check(z.minimum(400), z.maximum(599)),
  message: z.optional(z.string()),
  /** Anthropic and OpenAI: `error.type`; Gemini: `error.status`. */
  type: z.optional(z.string()),
  /** OpenAI: `error.code`. */
  code: z.optional(z.string()),
  /** Becomes the header `retry-after`. */
  retry_after_seconds: z.optional(z.number().check(z.minimum(0))),
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
  /** Pieces of text that are sent before it. */
  after_chunks: z.optional(count),
});

/** How an answer ends other than well: at most one of these per reply. */
const ENDINGS = [
  "error",
  "stream_error",
  "cut",
  "hang",
  "malformed",
  "refusal",
  "max_tokens",
  "prompt_blocked",
] as const;

/** Where the text comes from: at most one of these per reply (`chunks` as a list is text, too). */
const TEXT_SOURCES = ["text", "echo", "bytes"] as const;

const replyFields = {
  text: z.optional(z.string()),
  /** The answer is the user's prompt. */
  echo: z.optional(z.literal(true)),
  /** So many characters of generated text (one byte each): for floods. */
  bytes: z.optional(count),
  /** How many pieces the text is streamed in, or the pieces themselves. */
  chunks: z.optional(
    z.union([positive, z.array(z.string()).check(z.minLength(1))], {
      error: "expected a number of pieces or a list of texts",
    }),
  ),
  chunk_delay_ms: z.optional(count),
  /** Before anything is answered, for every request of the conversation. */
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
  /** After so many pieces of text the connection is dropped. */
  cut: z.optional(count),
  /** Never answers, or goes silent after the first piece of text. */
  hang: z.optional(z.enum(["before_headers", "mid_stream"])),
  /** The stream is no JSON. */
  malformed: z.optional(z.literal(true)),
  refusal: z.optional(z.literal(true)),
  max_tokens: z.optional(z.literal(true)),
  /** Gemini: the prompt itself is blocked; the others: a refusal without text. */
  prompt_blocked: z.optional(z.literal(true)),
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

/** When a rule applies: all that is given must fit; nothing given fits everything. */
const ScriptedMatch = z.strictObject({
  /** Regular expression (JavaScript, flag `u`), searched in what the user wrote, never in what a CLI adds to it. */
  prompt: z.optional(pattern),
  backend: z.optional(BuiltInBackend),
  /** The model's name as it arrives, whole. */
  model: z.optional(z.string()),
  /** Prompts of the user that went before in this conversation: 0 for the first. */
  turn: z.optional(count),
});

export const OfflineScript = z.strictObject({
  rules: z.array(
    z.strictObject({
      match: z.optional(ScriptedMatch),
      /** How many requests this rule may answer in all; tool rounds of a conversation that it began are not counted. */
      times: z.optional(positive),
      reply: ScriptedReply,
    }),
  ),
});
export type OfflineScript = z.infer<typeof OfflineScript>;

/** What is wrong in a script, and where: `rules[2].match.prompt`. An empty path is the whole document. */
export interface ScriptProblem {
  path: string;
  message: string;
  hint?: string;
}

/** Checks a script that somebody else has read and parsed; all problems are named at once. */
export function parseOfflineScript(value: unknown): Result<OfflineScript, ScriptProblem[]> {
  const { value: script, problems } = validate(OfflineScript, withoutFreeKeys(value));
  if (script !== undefined) return ok(script);
  return err(
    problems.map(({ path, message, hint }) => ({ path: formatPath(path), message, ...(hint ? { hint } : {}) })),
  );
}
