// The entry point of the command line: picks the command and loads nothing but its code.
import { writeSync } from "node:fs";
import { withoutCommands } from "../reporters/text/log-commands.js";
import { fitText } from "../reporters/text/width.js";
import { terminalColumns } from "../util/terminal.js";
import { isCiLog } from "./ci-log.js";
import { COMMANDS } from "./command-list.js";
import { EXIT } from "./exit-codes.js";
import type { Io } from "./io.js";

const HELP = ["-h", "--help"];

async function main(argv: string[]): Promise<number> {
  const io: Io = {
    stdout: printResult,
    stderr: printForPerson,
    env: process.env,
    cwd: process.cwd(),
  };
  const [first = "", ...rest] = argv;
  if (first === "--version" || first === "-v" || first === "-V")
    return (await import("./commands/version.js")).run(rest, io);
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command) return (await command.load()).run(rest, io, COMMANDS);
  // Flags or several words are a prompt; a single word may be a mistyped command, which must not cost anything.
  if (/[ \n]/.test(first) || (first.startsWith("-") && !HELP.includes(first)))
    return (await import("./commands/prompt.js")).runShort(argv, io, COMMANDS);
  return (await import("./commands/help.js")).run(argv, io, COMMANDS);
}

/** All that goes to stderr: on a terminal it is broken between words, and in a CI's log it gives no commands. Text with escape sequences is the live view's, and fits. */
function printForPerson(text: string): void {
  const columns = text.includes("\u001b") ? undefined : terminalColumns(2);
  if (columns !== undefined) writeAll(2, fitText(text, columns));
  else writeAll(2, isCiLog(2, process.env) ? withoutCommands(text) : text);
}

/** Not all results could be written to stdout. */
let lost = false;

function printResult(text: string): void {
  const code = writeAll(1, text);
  if (code === undefined || code === "EPIPE" || lost) return;
  lost = true;
  writeAll(2, `clinvk: can't write to stdout: ${code === "ENOSPC" ? "the disk is full (ENOSPC)" : code}\n`);
}

/** Writes all of `text` at once, or returns why not (`EPIPE`: the reader has gone away). */
function writeAll(fd: number, text: string): string | undefined {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else return code ?? "unknown error";
    }
  }
  return undefined;
}

/** What is wrong where clinvk was started, if that is the cause: a person can mend it. */
function wordsFor(error: unknown): string | undefined {
  switch (error instanceof Error ? (error as NodeJS.ErrnoException).syscall : undefined) {
    case "uv_cwd":
      return "the current directory does not exist any more: change to another one";
    case "uv_os_homedir":
      return "there is no home directory for this user: set HOME to one, or CLINVK_HOME if the AI CLIs need none";
    default:
      return undefined;
  }
}

main(process.argv.slice(2)).then(
  // Everything was written synchronously: nothing is lost, and no left-over handle can keep the process alive.
  (code) => process.exit(code === 0 && lost ? 1 : code),
  (error: unknown) => {
    const known = wordsFor(error);
    if (known !== undefined) {
      writeAll(2, `clinvk: ${known}\n`);
      process.exit(EXIT.invalid);
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    writeAll(2, `clinvk: internal error, please report it:\n${text}\n`);
    process.exit(1);
  },
);
