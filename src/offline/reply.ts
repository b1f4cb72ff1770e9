// What an answer of the offline model consists of, whatever protocol puts it on the wire.
/** A failed request in the terms that every protocol has. */
export interface HttpError {
  status: number;
  message: string;
  type?: string | undefined;
  code?: string | undefined;
  details?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
}

/** How the text of an answer ends. `after` counts pieces of text. */
export type Ending =
  | { kind: "complete" }
  | { kind: "max_tokens" }
  | { kind: "refusal" }
  | { kind: "prompt_blocked" }
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
  /** The rule it comes from; `null` = no rule. */
  rule: number | null;
  latency_ms: number;
  /** Answered before anything else, if set: the rest does not matter then. */
  failure?: { error: HttpError; headers: Record<string, string> } | "hang";
  /** A tool call instead of a text. */
  tool?: { name: string; input: Readonly<Record<string, unknown>> };
  /** The text, in the pieces in which it is sent. May be long: never joined without need. */
  pieces(): Iterable<string>;
  chunk_delay_ms: number;
  ending: Ending;
  usage: TokenCount;
}
