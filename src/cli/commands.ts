// What the entry point knows of its commands; commands that speak of other commands get the table.
import type { Io } from "./io.js";

export interface Command {
  /** Returns the exit code. */
  run(argv: string[], io: Io, commands: Commands): Promise<number>;
}

/** By name, in the order of the help. */
export type Commands = Readonly<Record<string, { summary: string; load(): Promise<Command> }>>;
