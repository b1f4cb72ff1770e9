// The entry point of the command line: picks the command and loads nothing but its code.
import { writeSync } from "node:fs";
import { COMMANDS } from "./command-list.js";
import type { Io } from "./io.js";

async function main(argv: string[]): Promise<number> {
  const io: Io = {
    stdout: (text) => writeAll(1, text),
    stderr: (text) => writeAll(2, text),
    env: process.env,
    cwd: process.cwd(),
  };
  const [first = "", ...rest] = argv;
  if (first === "--version" || first === "-V") return (await import("./commands/version.js")).run(rest, io);
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command) return (await command.load()).run(rest, io, COMMANDS);
  // One argument that no command can be called; a word alone may be a mistyped command, and must not cost anything.
  if (argv.length === 1 && !first.startsWith("-") && /[ \n]/.test(first))
    return (await import("./commands/prompt.js")).run(["--", first], io);
  return (await import("./commands/help.js")).run(argv, io, COMMANDS);
}

/** Writes all of `text` at once; a reader that has gone away is no error of ours. */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else return;
    }
  }
}

main(process.argv.slice(2)).then(
  // Everything was written synchronously: nothing is lost, and no left-over handle can keep the process alive.
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    writeAll(2, `clinvk: internal error, please report it:\n${text}\n`);
    process.exit(1);
  },
);
