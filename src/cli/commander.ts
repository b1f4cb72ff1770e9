// How every command reads its flags: commander, with our streams and our exit codes.
import { Command, CommanderError } from "@commander-js/extra-typings";
import { DESCRIBE, describeCommand } from "./completion/command-tree.js";
import { EXIT } from "./exit-codes.js";
import type { Io } from "./io.js";

/** A command named `clinvk <name>` that prints through `io` and never exits the process. */
export function newCommand(name: string, io: Io) {
  return new Command(`clinvk ${name}`.trim())
    .exitOverride()
    .showHelpAfterError(`(clinvk ${name} --help shows the flags)`)
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
}

type AnyCommand = Parameters<typeof describeCommand>[0] & { parse(argv: string[], from: { from: "user" }): unknown };

/**
 * Reads `argv`; a number is the exit code with which the command is already over (help, wrong flags). Asked for its
 * description by `DESCRIBE`, every command prints its tree of flags as JSON.
 */
export function parseFlags(command: AnyCommand, argv: string[]) {
  try {
    if (argv[0] === DESCRIBE) {
      command.configureOutput().writeOut?.(JSON.stringify(describeCommand(command)));
      return EXIT.ok;
    }
    command.parse(argv, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  }
}
