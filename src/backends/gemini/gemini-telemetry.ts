// Reads Gemini CLI's local telemetry (0.61.0): it tells how each model answer ended, which its output does not.

/** How the last answer to the conversation itself ended, and which of the streams before it were given up. */
export interface Telemetry {
  /** `stop`, `length`, `content_filter`, `error`; `undefined` = not told. */
  finish_reason: string | undefined;
  /** Times of requests whose stream broke: the CLI asks again, and repeats the text on stdout without a word. */
  broken: readonly { from: string; to: string }[];
}

/** One event is a JSON object over many lines; these two follow each other in each. */
const EVENT = /"event\.name": "([^"]+)",\s*"event\.timestamp": "([^"]+)"/g;
/** One reason per piece of the stream; the last is that of the answer. `main` is the conversation, not a helper of the CLI. */
const REASONS = /"finish_reasons": \[([^\]]*)\],\s*"role": "main"/g;
const BROKEN = /\.(?:content_retry|network_retry_attempt)$/;

/** `text` may be the end of the file: what is cut off in front is not needed. */
export function readTelemetry(text: string | undefined): Telemetry {
  const reasons = [...(text ?? "").matchAll(REASONS)].at(-1)?.[1] ?? "";
  const broken: { from: string; to: string }[] = [];
  let from = "";
  for (const [, name = "", at = ""] of (text ?? "").matchAll(EVENT)) {
    if (name === "gemini_cli.api_request") from = at;
    else if (BROKEN.test(name)) broken.push({ from, to: at });
  }
  return { finish_reason: /"(\w+)"[^"]*$/.exec(reasons)?.[1], broken };
}
