// Hears on stderr that Gemini CLI will ask the service again (0.61.0), and why.
import type { Failure } from "../../schema/failure.js";
import type { FailureReader } from "../failure/failures.js";

/** A message of the service has few lines; more are a dump. */
const MAX_LINES = 8;

/**
 * `Attempt 1 failed with status 429. Retrying with backoff... _ApiError: {…}`, or, if the service names a wait,
 * `Attempt 1 failed: MESSAGE. Retrying after 6173ms...`, with a message that may have several lines.
 */
const BEGINS = /^Attempt \d+ failed/;
const WITH_BACKOFF =
  /^Attempt \d+ failed(?: with (?:status )?(\d{3})\b[^.]*|[^:.]*)\. Retrying with backoff\.\.\. ?(.*)$/;
const AFTER = /^Attempt \d+ failed: (.*?)\.? Retrying after (\d+)ms\.\.\.$/s;

export class GeminiRetries {
  readonly #failures: FailureReader;
  #lines: string[] = [];

  constructor(failures: FailureReader) {
    this.#failures = failures;
  }

  /** Takes a line of stderr; returns the cause if the line completes the news of a retry. */
  push(line: string): Failure | undefined {
    if (BEGINS.test(line)) this.#lines = [line];
    else if (this.#lines.length > 0) this.#lines.push(line);
    else return undefined;
    const text = this.#lines.join("\n");
    const failure = this.#read(text);
    if (failure !== undefined || /Max attempts reached$/.test(line) || this.#lines.length === MAX_LINES)
      this.#lines = [];
    return failure;
  }

  #read(text: string): Failure | undefined {
    const [, status, error] = WITH_BACKOFF.exec(text) ?? [];
    if (error !== undefined) {
      const http_status = status === undefined ? undefined : Number(status);
      return this.#failures.reported({ text: error, http_status, otherwise: "network" });
    }
    const [, message, ms] = AFTER.exec(text) ?? [];
    if (message === undefined) return undefined;
    const stop = { text: message, otherwise: "rate_limited" } as const;
    const told = this.#failures.reported(stop);
    // The CLI lengthens the wait of the service a little; the message may have it exactly.
    if (told.retry_after_seconds !== undefined) return told;
    return this.#failures.reported({ ...stop, retry_after_seconds: Number(ms) / 1000 });
  }
}
