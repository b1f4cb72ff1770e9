// What is piped into a command: context for its prompts, or the prompt itself.

import type { Diagnostic } from "../../document/diagnostics.js";
import { readStdin, type StdinOptions, type StdinText, stdinKind } from "../../document/read-stdin.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import type { Io } from "../io.js";

/** The text that is piped in beside a prompt; `undefined` if there is none. Says on stderr what it has done. */
export async function pipedContext(
  mode: StdinOptions["mode"],
  io: Io,
  withoutWaiting: string,
): Promise<Result<string | undefined, Diagnostic[]>> {
  const read = await readStdin({ ...omitUndefined({ mode }) });
  if (!read.ok) return read;
  if (read.value.timed_out)
    io.stderr(`clinvk: stdin is open but delivers nothing: going on without context (${withoutWaiting})\n`);
  warnOfBytes(read.value, io);
  if (read.value.bytes === 0) return ok(undefined);
  io.stderr(`read ${read.value.bytes} bytes of context from stdin\n`);
  return ok(read.value.text);
}

/** The prompt itself, waited for as long as it takes; `asked`: also from a terminal. The error says that there is none. */
export async function promptFromStdin(asked: boolean, io: Io): Promise<Result<string, Diagnostic[]>> {
  const kind = stdinKind();
  if (kind === "none" || (kind === "terminal" && !asked)) return err([NO_PROMPT]);
  if (kind === "terminal") io.stderr("clinvk: reading the prompt from the terminal; Ctrl-D ends it\n");
  const hint = setTimeout(() => io.stderr("clinvk: waiting for the prompt on stdin\n"), 3000);
  const read = await readStdin({ mode: "wait" });
  clearTimeout(hint);
  if (!read.ok) return read;
  warnOfBytes(read.value, io);
  return read.value.text.trim() === "" ? err([NO_PROMPT]) : ok(read.value.text);
}

const NO_PROMPT: Diagnostic = {
  source: "prompt",
  message: "there is none",
  hint: 'give it as an argument, as in `clinvk prompt "explain this project"`, or on stdin',
};

function warnOfBytes({ invalid_utf8 }: StdinText, io: Io): void {
  if (invalid_utf8) io.stderr("warning: stdin is not valid UTF-8; what could not be read is replaced by U+FFFD\n");
}
