// What is piped into a command: context for its prompts, or the prompt itself.
import { fstatSync } from "node:fs";
import type { Diagnostic } from "../../document/diagnostics.js";
import { lateStdin, readStdin, type StdinText, stdinKind } from "../../document/read-stdin.js";
import { tellIfSlow } from "../../document/slow-source.js";
import { err, ok, type Result } from "../../util/result.js";
import { type Io, tellWaiting } from "../io.js";
import type { RunFlags } from "./run-flags.js";

type ContextFlags = Pick<RunFlags, "stdin" | "requireStdin">;

/** What is piped in beside the prompts. */
export interface PipedContext {
  context?: string;
  /** The pipe was given up: resolves to a sentence about it if it delivers after all. */
  warned?: Promise<string>;
}

/** The text that is piped in beside the prompts, if there is any. Says on stderr what it has done. */
export async function pipedContext(
  { stdin, requireStdin }: ContextFlags,
  io: Io,
): Promise<Result<PipedContext, Diagnostic[]>> {
  if (requireStdin && stdin === false)
    return err([{ source: "--require-stdin", message: "can't be combined with --no-stdin" }]);
  if (requireStdin && stdin === undefined && stdinKind() === "terminal")
    return err([{ source: "stdin", message: "is a terminal", hint: "--require-stdin wants context to be piped in" }]);
  const wait = stdin === true || requireStdin === true;
  const read = await readStdin({ mode: stdin === false ? "never" : wait ? "wait" : "auto" });
  if (!read.ok) return read;
  const { bytes, text, timed_out } = read.value;
  if (requireStdin && bytes === 0)
    return err([{ source: "stdin", message: "is empty", hint: "--require-stdin wants context" }]);
  if (timed_out) {
    io.stderr(
      "clinvk: stdin is open but delivers nothing: continuing without context (--no-stdin skips this wait, --stdin waits for it)\n",
    );
    return ok({ warned: lateStdin().then(() => TOO_LATE) });
  }
  if (bytes === 0 && stdin !== false && somebodyPiped())
    io.stderr("warning: stdin is empty, so the prompts get no context; --require-stdin makes this an error\n");
  warnOfBytes(read.value, io);
  if (bytes === 0) return ok({});
  io.stderr(`read ${bytes} bytes of context from stdin\n`);
  return ok({ context: text });
}

const TOO_LATE =
  "stdin delivered only after the run had begun: its prompts went out without that context; --stdin waits for it";

/** A pipe or a file. A script uses `/dev/null` or a closed stdin to give no context. */
function somebodyPiped(): boolean {
  const kind = stdinKind();
  return kind === "pipe" || (kind === "file" && fstatSync(0).isFile());
}

/** The prompt, and the context beside it: the argument, or stdin if it is `-` or missing. `example` is how to type one. */
export async function promptAndContext(
  argument: string | undefined,
  flags: ContextFlags,
  example: string,
  io: Io,
): Promise<Result<{ prompt: string } & PipedContext, Diagnostic[]>> {
  if (argument === undefined || argument === "-") {
    const prompt = await promptFromStdin(argument === "-", example, io);
    return prompt.ok ? ok({ prompt: prompt.value }) : prompt;
  }
  const piped = await pipedContext(flags, io);
  return piped.ok ? ok({ prompt: argument, ...piped.value }) : piped;
}

/** Reads the prompt from stdin, without a time limit; with `asked` also from a terminal. Error: there is no prompt. */
async function promptFromStdin(asked: boolean, example: string, io: Io): Promise<Result<string, Diagnostic[]>> {
  const missing: Diagnostic = { source: "PROMPT", message: "is missing", hint: `as in \`${example}\`, or on stdin` };
  const kind = stdinKind();
  if (kind === "none" || (kind === "terminal" && !asked)) return err([missing]);
  if (kind === "terminal") io.stderr("clinvk: reading the prompt from the terminal; Ctrl-D ends it\n");
  const read = await tellIfSlow("the prompt on stdin", tellWaiting(io), readStdin({ mode: "wait" }));
  if (!read.ok) return read;
  warnOfBytes(read.value, io);
  return read.value.text.trim() === "" ? err([missing]) : ok(read.value.text);
}

function warnOfBytes({ invalid_utf8 }: StdinText, io: Io): void {
  if (invalid_utf8) io.stderr("warning: stdin is not valid UTF-8; U+FFFD replaces the invalid bytes\n");
}
