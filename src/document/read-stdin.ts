// Reads the text piped into clinvk to its end, but does not wait for a pipe that stays silent.
import { isUtf8 } from "node:buffer";
import { fstatSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { err, ok, type Result } from "../util/result.js";
import { isTerminal } from "../util/terminal.js";
import type { Diagnostic } from "./diagnostics.js";
import { TEXT_LIMIT_BYTES, tooLarge } from "./read-file.js";

/** If an open pipe delivers no byte for this long, no program writes to it. */
const FIRST_BYTE_MS = 3000;

export interface StdinText {
  /** The text; bytes that are not UTF-8 become U+FFFD. */
  text: string;
  /** Number of bytes before decoding. */
  bytes: number;
  invalid_utf8: boolean;
  /** The pipe stayed open and silent: the text is empty. */
  timed_out: boolean;
}

export interface StdinOptions {
  /**
   * `auto` reads any input but a terminal, and gives up on a pipe without a first byte; `wait` reads any input to its end, for
   * as long as it takes; `never` does not read.
   */
  mode?: "auto" | "wait" | "never";
  first_byte_ms?: number;
  limit_bytes?: number;
  /** Replaces the process's own stdin. */
  input?: { kind: StdinKind; stream: () => Readable & { unref?: () => void } };
}

/** The kind of stdin; `none` = closed, or a directory. */
export type StdinKind = "terminal" | "file" | "pipe" | "none";

const NOTHING: StdinText = { text: "", bytes: 0, invalid_utf8: false, timed_out: false };

/** Reads stdin; afterwards stdin no longer keeps the process alive. Fails only if stdin can't be read or is too large. */
export async function readStdin(options: StdinOptions = {}): Promise<Result<StdinText, Diagnostic[]>> {
  const { mode = "auto", limit_bytes = TEXT_LIMIT_BYTES } = options;
  if (mode === "never") return ok(NOTHING);
  const kind = options.input?.kind ?? stdinKind();
  if (kind === "none" || (kind === "terminal" && mode === "auto")) return ok(NOTHING);
  const patience = mode === "auto" && kind === "pipe" ? (options.first_byte_ms ?? FIRST_BYTE_MS) : undefined;
  const read =
    kind === "file" && options.input === undefined
      ? readNow(limit_bytes)
      : await collect(options.input?.stream() ?? process.stdin, limit_bytes, patience);
  if (read === "timed_out") return ok({ ...NOTHING, timed_out: true });
  if (read === "too_large") return err([{ source: "stdin", message: tooLarge(limit_bytes).message }]);
  if (read instanceof Error) return err([{ source: "stdin", message: `can't be read (${read.message})` }]);
  return ok({ text: read.toString("utf8"), bytes: read.length, invalid_utf8: !isUtf8(read), timed_out: false });
}

/**
 * Resolves when a pipe delivers that `readStdin` gave up; one piece of it is read then. Until that happens nothing is
 * read, and the process is not kept alive.
 */
export function lateStdin(stream: Readable & { unref?: () => void } = process.stdin): Promise<void> {
  return new Promise((resolve) => {
    stream.once("data", () => {
      stream.pause();
      resolve();
    });
    stream.resume();
    stream.unref?.();
  });
}

/** The kind of this process's stdin. A character device that is no terminal (`/dev/null`) counts as a file. */
export function stdinKind(): StdinKind {
  try {
    if (isTerminal(0)) return "terminal";
    const stat = fstatSync(0);
    if (stat.isDirectory()) return "none";
    return stat.isFIFO() || stat.isSocket() ? "pipe" : "file";
  } catch {
    // stdin is closed or can't be read.
    return "none";
  }
}

/** Reads a file or `/dev/null` at once: it never blocks, and `process.stdin` would cost 6 ms of CPU. */
function readNow(limit_bytes: number): Collected {
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const bytes = readSync(0, chunk);
      if (bytes === 0) return Buffer.concat(chunks);
      total += bytes;
      if (total > limit_bytes) return "too_large";
      chunks.push(chunk.subarray(0, bytes));
    }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) return cause;
    throw cause;
  }
}

type Collected = Buffer | "timed_out" | "too_large" | Error;

function collect(
  stream: Readable & { unref?: () => void },
  limit_bytes: number,
  first_byte_ms: number | undefined,
): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let total = 0;
    let timer: NodeJS.Timeout | undefined;
    let lastLook: NodeJS.Immediate | undefined;
    const stopWaiting = () => {
      clearTimeout(timer);
      clearImmediate(lastLook);
    };
    const finish = (result: Collected) => {
      stopWaiting();
      stream.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
      // Keep the handle open: otherwise a new file would get its number, 0, and act as stdin. Ignore late errors.
      stream.on("error", () => {});
      stream.pause();
      stream.unref?.();
      resolve(result);
    };
    const onData = (chunk: Buffer | string) => {
      stopWaiting();
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      total += bytes.length;
      if (total > limit_bytes) finish("too_large");
      else chunks.push(bytes);
    };
    const onEnd = () => finish(Buffer.concat(chunks));
    const onError = (error: Error) => finish(error);
    if (first_byte_ms !== undefined) {
      // If the machine is busy and the timer late, check once more for data that has arrived meanwhile.
      const giveUp = () => finish("timed_out");
      timer = setTimeout(() => {
        lastLook = setImmediate(giveUp);
      }, first_byte_ms);
    }
    stream.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
  });
}
