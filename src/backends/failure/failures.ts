// Turns what a CLI said into the failure that a person reads: kind, one sentence, status, and when to try again.
import { stripVTControlCharacters } from "node:util";
import type { Failure, FailureKind } from "../../schema/failure.js";
import { KIND_INFO } from "../../schema/failure-kinds/kinds.js";
import type { Exit } from "../shared/backend.js";
import { classify, type FailureWords, statusIn } from "./classify.js";
import { plainMessage } from "./plain-message.js";
import { parseReset, type ResetContext } from "./reset-time.js";
import { localZone } from "./zones.js";

/** Returns the current time and time zone, for texts without a zone. A parameter, so that tests can set the clock. */
export type Clock = () => ResetContext;

const systemClock: Clock = () => ({ now: new Date(), time_zone: localZone() });

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  413: "Content Too Large",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  529: "Overloaded",
};

/** The facts about a stop that a CLI reported. */
export interface Stop {
  /** The CLI's own text, complete: used to find kind and reset time, and quoted in part. */
  text: string;
  /** Shown instead of `text` if `text` holds more than a person needs. */
  words?: string;
  http_status?: number | undefined;
  /** The kind from a structured field; without it the words decide. */
  kind?: FailureKind | undefined;
  /** The kind if the words are unknown. */
  otherwise?: FailureKind;
  /** From a structured field. */
  resets_at?: Date | undefined;
  /** From a structured field. */
  retry_after_seconds?: number | undefined;
}

/** The facts from the records before the process ended. */
interface Seen {
  /** The last record of an answer has arrived. */
  complete: boolean;
  records: number;
  /** The last line that was no record. */
  stray: string | undefined;
  /** The meaning of the exit code, if the CLI's exit codes have one. */
  kind?: FailureKind | undefined;
  http_status?: number | undefined;
}

/** No reason is longer; the rest of a longer text is a dump or an answer. */
const TEXT_LENGTH = 16_384;
/** A quota lasts a month at most. A longer wait is a mistake of somebody, and would park a backend for years: it counts as not told. */
const LONGEST_WAIT_SECONDS = 40 * 86_400;

/** Failures that the service causes: its HTTP status tells a person more than our own sentence. */
const FROM_SERVICE: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "not_authenticated",
  "rate_limited",
  "overloaded",
  "model_not_found",
  "bad_request",
]);

/** Lines of stderr that never say why a program ended: stack frames, log lines and dumps. */
const NOISE = /^(?:at |\d{4}-\d\d-\d\dT\S+ +[A-Z]+ |"?(?:session_id|type|code)"?:|[{}[\],]*$)/i;

/** Makes the failures of one CLI, without hints: only the executor knows how a person starts the CLI on this machine. */
export class FailureReader {
  readonly #title: string;
  readonly #words: FailureWords;
  readonly #clock: Clock;

  /** `title` begins the sentences about a process that ended: "Claude Code exited with code 1". */
  constructor(title: string, words: FailureWords, clock: Clock = systemClock) {
    this.#title = title;
    this.#words = words;
    this.#clock = clock;
  }

  /** The failure for a stop that the CLI reported. */
  reported(stop: Stop): Failure {
    const text = stop.text.slice(0, TEXT_LENGTH);
    const context = this.#clock();
    const parsed = parseReset(text, context);
    const status = stop.http_status ?? statusIn(text);
    const wait = credible(stop.retry_after_seconds ?? parsed?.retry_after_seconds);
    const meant = () => classify(this.#words, text, status, wait);
    const kind = stop.kind ?? meant() ?? stop.otherwise ?? "crashed";
    const reset = stop.resets_at ?? parsed?.resets_at;
    const ahead = reset && credible((reset.getTime() - context.now.getTime()) / 1000);
    const failure: Failure = { kind, message: sentence(lead(kind, status), this.#plain(stop.words ?? text)) };
    if (status !== undefined) failure.http_status = status;
    if (reset !== undefined && ahead !== undefined) failure.resets_at = reset.toISOString();
    if (wait !== undefined) failure.retry_after_seconds = wait;
    return failure;
  }

  /**
   * The failure of a process that ended without saying why in its records: by a signal, with a code, in the middle of
   * its work, or after printing something else. `undefined` if it ended well.
   */
  ofExit(exit: Exit, seen: Seen): Failure | undefined {
    const crashed = (text: string, words = ""): Failure => {
      return { kind: "crashed", message: sentence(`${this.#title} ${text}`, words) };
    };
    const after = seen.complete ? " after it had answered" : "";
    if (exit.signal !== null) return crashed(`was ended by ${exit.signal}${after}`);
    if (exit.exit_code === 0 && seen.complete) return undefined;
    if (seen.complete)
      return crashed(`exited with code ${exit.exit_code}${after}`, this.#plain(this.reasonIn(exit.stderr)));
    // A stray line of stdout may explain a failure. After exit code 0 it could be a model's text, and half a record explains nothing.
    const stray = exit.exit_code === 0 || seen.stray?.startsWith("{") ? "" : (seen.stray ?? "");
    const reason = this.reasonIn(exit.stderr) || stray;
    const { kind, http_status } = seen;
    if (kind !== undefined || http_status !== undefined || classify(this.#words, reason) !== undefined)
      return this.reported({ text: reason, kind, http_status });
    const words = this.#plain(reason);
    if (exit.exit_code !== 0) return crashed(`exited with code ${exit.exit_code}`, words);
    if (seen.records > 0) return crashed("ended before its answer was complete", words);
    if (seen.stray === undefined) return crashed("ended without printing anything", words);
    const message = sentence(`${this.#title} printed something else than its records`, this.#plain(seen.stray));
    return { kind: "output_invalid", message };
  }

  /**
   * The line of stderr that tells why the CLI stopped: the last line with a known meaning, else the last that says "error",
   * else the last line. Adds the seconds of a wait if a dump below it names them. Empty if there is no such line.
   */
  reasonIn(stderr: string): string {
    const all = stderr.split("\n");
    // The reason is at the end, sometimes at the beginning; hundreds of lines in between are a log.
    const some = all.length > 400 ? [...all.slice(0, 100), ...all.slice(-300)] : all;
    const lines = some.map((line) => plainLine(line.trim()));
    const telling = lines.filter((line) => line !== "" && !this.#isNoise(line));
    const found =
      telling.findLast((line) => classify(this.#words, line) !== undefined) ??
      telling.findLast((line) => /\b(?:error|fatal|failed|cannot)\b/i.test(line)) ??
      telling.at(-1) ??
      "";
    const wait = /retryDelayMs: \d+/.exec(stderr)?.[0];
    return wait === undefined || found === "" ? found : `${found} (${wait})`;
  }

  #isNoise(line: string): boolean {
    return NOISE.test(line) || this.#words.noise.some((pattern) => pattern.test(line));
  }

  #plain(text: string): string {
    return plainMessage(text, this.#words);
  }
}

/** The seconds of a wait; `undefined` if no service can mean them. */
function credible(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
}

function lead(kind: FailureKind, status: number | undefined): string {
  const text = status === undefined ? undefined : STATUS_TEXT[status];
  if (status === undefined || !FROM_SERVICE.has(kind)) return KIND_INFO[kind].lead;
  return `The model service answered ${status}${text === undefined ? "" : ` ${text}`}`;
}

function sentence(start: string, words: string): string {
  return words === "" ? start : `${start}: ${words}`;
}

/** Removes colours; turns a line of a printed JSON error into its message. */
function plainLine(line: string): string {
  const text = stripVTControlCharacters(line);
  const quoted = /^"message": (".*"),?$/.exec(text)?.[1];
  if (quoted === undefined) return text;
  try {
    return String(JSON.parse(quoted)).replace(/\s+/g, " ");
  } catch {
    return text;
  }
}
