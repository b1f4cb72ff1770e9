// From what a CLI said to the failure that a person reads: kind, one sentence, hint, status, and when to come back.
import { stripVTControlCharacters } from "node:util";
import type { Failure, FailureKind } from "../../schema/failure.js";
import { KIND_INFO } from "../../schema/failure-kinds/kinds.js";
import type { BackendName } from "../../schema/task.js";
import type { Exit } from "../shared/backend.js";
import { plainWords } from "../shared/words.js";
import { classify, statusIn } from "./classify.js";
import { hintFor } from "./hints.js";
import { parseReset, type ResetContext } from "./reset-time.js";

/** Now and here, as texts without a zone mean it. Given to parsers so that tests can set the clock. */
export type Clock = () => ResetContext;

export const systemClock: Clock = () => ({
  now: new Date(),
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

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

/** What is known about a stop. */
export interface Report {
  backend: BackendName;
  /** The CLI's own text, whole: classified, read for reset times, and quoted in part. */
  text: string;
  /** Shown instead of `text`, where `text` holds more than a person needs. */
  words?: string;
  http_status?: number | undefined;
  /** Decided by a structured field; else by the words. */
  kind?: FailureKind | undefined;
  /** The kind if the words say nothing that we know. */
  otherwise?: FailureKind;
  /** From a structured field. */
  resets_at?: Date | undefined;
}

/** No reason is longer; what follows is a dump, or an answer. */
const TEXT_LENGTH = 16_384;

/** The kinds whose failure came from the service, so that its HTTP status is worth a word. */
const FROM_SERVICE: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "not_authenticated",
  "rate_limited",
  "overloaded",
  "model_not_found",
  "bad_request",
]);

/** Builds the failure for a stop that a CLI reported. */
export function failureFrom(report: Report, clock: Clock): Failure {
  const context = clock();
  const text = report.text.slice(0, TEXT_LENGTH);
  const parsed = parseReset(text, context);
  const status = report.http_status ?? statusIn(text);
  const kind = report.kind ?? classify(text, status, parsed?.retry_after_seconds) ?? report.otherwise ?? "crashed";
  const reset = report.resets_at ?? parsed?.resets_at;
  const words = plainWords(report.words ?? text);
  const failure: Failure = { kind, message: sentence(lead(kind, status), words) };
  const hint = hintFor(kind, report.backend);
  if (hint !== undefined) failure.hint = hint;
  if (status !== undefined) failure.http_status = status;
  if (reset !== undefined && !Number.isNaN(reset.getTime())) failure.resets_at = reset.toISOString();
  if (parsed?.retry_after_seconds !== undefined) failure.retry_after_seconds = parsed.retry_after_seconds;
  return failure;
}

/** A failure that we found ourselves: the sentence stands as it is. */
export function plainFailure(backend: BackendName, kind: FailureKind, message: string): Failure {
  const hint = hintFor(kind, backend);
  return hint === undefined ? { kind, message } : { kind, message, hint };
}

function lead(kind: FailureKind, status: number | undefined): string {
  const text = status === undefined ? undefined : STATUS_TEXT[status];
  if (status === undefined || !FROM_SERVICE.has(kind)) return KIND_INFO[kind].lead;
  return `The model service answered ${status}${text === undefined ? "" : ` ${text}`}`;
}

function sentence(start: string, words: string): string {
  return words === "" ? start : `${start}: ${words}`;
}

/** Lines of stderr that never say why something ended: stack frames, progress, dumps, notices of healthy runs. */
const NOISE =
  /^(?:at |\d{4}-\d\d-\d\dT\S+ +[A-Z]+ |\[STARTUP\]|ripgrep is not available|yolo mode|reading (?:additional|prompt)|warning: (?:true color|basic terminal|256-color|proceeding|no stdin)|attempt \d+ failed|error executing tool|loaded cached credentials|"?(?:session_id|type|code)"?:|[{}[\],]*$|(?:cause|status|retryDelayMs|reason): )/i;

/**
 * The line of stderr that tells why a CLI stopped: the last one with a known meaning, else the last that says "error",
 * else the last at all; with the seconds of a wait where a dump below it holds them. Empty if there is none.
 */
export function reasonIn(stderr: string): string {
  const all = stderr.split("\n");
  // Reasons stand at the end, sometimes at the beginning; hundreds of lines between are a log.
  const some = all.length > 400 ? [...all.slice(0, 100), ...all.slice(-300)] : all;
  const lines = some.map((line) => plainLine(line.trim()));
  const telling = lines.filter((line) => line !== "" && !NOISE.test(line));
  const found =
    telling.findLast((line) => classify(line) !== undefined) ??
    telling.findLast((line) => /\b(?:error|fatal|failed|cannot)\b/i.test(line)) ??
    telling.at(-1) ??
    "";
  const wait = /retryDelayMs: \d+/.exec(stderr)?.[0];
  return wait === undefined || found === "" ? found : `${found} (${wait})`;
}

/** Colours off; a line of a printed JSON error becomes its message. */
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

/**
 * The failure of a process that ended without saying why in its records: by a signal, with a code, in the middle of
 * its work, or after printing something else. `undefined` if it ended well.
 */
export function failureOfExit(
  backend: BackendName,
  title: string,
  exit: Exit,
  seen: {
    complete: boolean;
    records: number;
    stray: string | undefined;
    kind?: FailureKind | undefined;
    http_status?: number | undefined;
  },
  clock: Clock,
): Failure | undefined {
  const after = seen.complete ? " after it had answered" : "";
  if (exit.signal !== null) return plainFailure(backend, "crashed", `${title} was ended by ${exit.signal}${after}`);
  if (exit.exit_code === 0 && seen.complete) return undefined;
  if (seen.complete) {
    const reason = plainWords(reasonIn(exit.stderr));
    return plainFailure(backend, "crashed", sentence(`${title} exited with code ${exit.exit_code}${after}`, reason));
  }
  // What else was on stdout explains only a failure: it could be a model's text, and half a record explains nothing.
  const stray = exit.exit_code === 0 || seen.stray?.startsWith("{") ? "" : (seen.stray ?? "");
  const reason = reasonIn(exit.stderr) || stray;
  if (seen.kind !== undefined || seen.http_status !== undefined || classify(reason) !== undefined) {
    return failureFrom({ backend, text: reason, kind: seen.kind, http_status: seen.http_status }, clock);
  }
  const words = plainWords(reason);
  if (exit.exit_code !== 0) {
    return plainFailure(backend, "crashed", sentence(`${title} exited with code ${exit.exit_code}`, words));
  }
  if (seen.records > 0) {
    return plainFailure(backend, "crashed", sentence(`${title} ended before its answer was complete`, words));
  }
  if (seen.stray !== undefined) {
    const message = sentence(`${title} printed something else than its records`, plainWords(seen.stray));
    return plainFailure(backend, "output_invalid", message);
  }
  return plainFailure(backend, "crashed", sentence(`${title} ended without printing anything`, words));
}
