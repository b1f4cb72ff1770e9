// Finds the input of a command that takes a task file: the file or stdin, and the context piped in beside it.
import type { Diagnostic } from "../../document/diagnostics.js";
import { readStdin, stdinKind } from "../../document/read-stdin.js";
import { tellIfSlow } from "../../document/slow-source.js";
import type { TaskSource } from "../../task-file/task-file.js";
import { err, ok, type Result } from "../../util/result.js";
import { type Io, tellWaiting } from "../io.js";
import { type PipedContext, pipedContext } from "./piped-context.js";
import type { RunFlags } from "./run-flags.js";

/** `file` is a path, or `-` for stdin. */
export type SourceFlags = Pick<RunFlags, "file" | "stdin" | "requireStdin">;

/** What a command reads: `task file` or `chain file`; `example` is how to type the command. */
export interface WantedFile {
  what: string;
  example: string;
}

/** The file, or stdin without one. The error says that there is neither, or why stdin can't be read. */
export async function taskSource(
  { file }: SourceFlags,
  { what, example }: WantedFile,
  io: Io,
): Promise<Result<TaskSource, Diagnostic[]>> {
  if (file === "") return err([{ source: "FILE", message: "expected the path of a file, got nothing" }]);
  if (file !== undefined && file !== "-") return ok({ path: file, onWait: tellWaiting(io) });
  const kind = stdinKind();
  const hint = `give a ${what}, as in \`${example}\``;
  if (kind === "none" || (kind === "terminal" && file === undefined))
    return err([{ source: "FILE", message: `there is no ${what}`, hint }]);
  if (kind === "terminal") io.stderr(`clinvk: reading the ${what} from the terminal; Ctrl-D ends it\n`);
  const read = await tellIfSlow(`the ${what} on stdin`, tellWaiting(io), readStdin({ mode: "wait" }));
  if (!read.ok) return err(read.error);
  if (read.value.bytes === 0 && file === undefined) return err([{ source: "stdin", message: "is empty", hint }]);
  return ok({ name: "stdin", text: read.value.text, invalid_utf8: read.value.invalid_utf8 });
}

/** With a file for the tasks, stdin is context for their prompts. */
export async function contextBeside(flags: SourceFlags, io: Io): Promise<Result<PipedContext, Diagnostic[]>> {
  if (flags.file !== undefined && flags.file !== "-") return pipedContext(flags, io);
  if (!flags.requireStdin) return ok({});
  return err([
    { source: "--require-stdin", message: "there can't be context: stdin is the file", hint: "name a FILE" },
  ]);
}
