// The parts of an answer of the offline model, the same for every protocol.
/** A failed request in terms that all protocols share. */
export interface HttpError {
  status: number;
  message: string;
  type?: string | undefined;
  code?: string | undefined;
  /** When the service wants to be asked again. */
  retry_after_seconds?: number | undefined;
  details?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
}

/** How the text of an answer ends. `after` counts pieces of text. */
export type Ending =
  | { kind: "complete" }
  | { kind: "max_tokens" }
  | { kind: "refusal" }
  | { kind: "prompt_blocked" }
  | { kind: "content_filter" }
  | { kind: "malformed" }
  | { kind: "cut"; after: number }
  | { kind: "hang"; after: number }
  | { kind: "stream_error"; after: number; type: string; message: string };

export interface TokenCount {
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
}

export interface Answer {
  /** The rule that made the answer; `null` = no rule. */
  rule: number | null;
  latency_ms: number;
  /** If set, this is the whole response and the other fields are ignored. */
  failure?: { error: HttpError; headers: Record<string, string> } | "hang";
  /** A tool call instead of a text. */
  tool?: { name: string; input: Readonly<Record<string, unknown>> };
  /** The text in the pieces to send. It may be long, so join it only if needed. */
  pieces(): Iterable<string>;
  chunk_delay_ms: number;
  ending: Ending;
  usage: TokenCount;
}
