// A command's access to the outside world; tests pass their own.

/** The streams and surroundings of one command. `stdout` and `stderr` write synchronously. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

export interface Command {
  /** Returns the exit code. */
  run(argv: string[], io: Io, commands: Commands): Promise<number>;
}

/** By name, in the order of the help. */
export type Commands = Readonly<Record<string, { summary: string; load(): Promise<Command> }>>;

/** Says what a command waits for. */
export function tellWaiting({ stderr }: Pick<Io, "stderr">): (what: string) => void {
  return (what) => stderr(`clinvk: waiting for ${what}; Ctrl-C ends it\n`);
}
