// How every command reads its flags: commander, with our streams, exit codes and error format.
import { Command, CommanderError } from "@commander-js/extra-typings";
import { terminalColumns } from "../util/terminal.js";
import { DESCRIBE, describeCommand } from "./completion/command-tree.js";
import { EXIT } from "./exit-codes.js";
import { fitHelp } from "./fit-help.js";
import type { Io } from "./io.js";
import { fail } from "./refuse.js";

/** A command named `clinvk <name>` that prints through `io` and never exits the process. */
export function newCommand(name: string, io: Io) {
  return new Command(`clinvk ${name}`.trim()).exitOverride().configureOutput({
    writeOut: (text) => io.stdout(fitHelp(text, terminalColumns())),
    writeErr: io.stderr,
    outputError: () => {},
  });
}

type AnyCommand = Parameters<typeof describeCommand>[0] & { parse(argv: string[], from: { from: "user" }): unknown };

/**
 * Reads `argv`. Returns an exit code if the command has already ended (help, wrong flags), else `undefined`. If the
 * first argument is `DESCRIBE`, the command prints its tree of flags as JSON.
 */
export function parseFlags(command: AnyCommand, argv: string[], io: Io) {
  try {
    if (argv[0] === DESCRIBE) {
      io.stdout(JSON.stringify(describeCommand(command)));
      return EXIT.ok;
    }
    command.parse(argv, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The subcommand is missing: commander has printed the help.
    if (error.exitCode === 0 || error.code === "commander.help") return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
    const below = command.commands.find((one) => one.name() === argv[0]);
    const name = below === undefined ? command.name() : `${command.name()} ${below.name()}`;
    const inside = below ?? command;
    const meant = otherWord(error.message, inside);
    const [place, message] = meant ?? inOurWords(error.message, name);
    return fail(io, place, `${message}\n\`${name} --help\` shows the flags`);
  }
}

/** Commander's messages as patterns, each with our wording. Commander quotes values as they were typed. */
const WORDS: readonly [RegExp, (...parts: string[]) => [place: string | undefined, message: string]][] = [
  [
    /^unknown option '(.*?)'(?:\n\(Did you mean (.*)\?\))?$/s,
    (flag = "", meant) => [flag, `there is no such flag${hint(meant)}`],
  ],
  [
    /^unknown command '(.*?)'(?:\n\(Did you mean (.*)\?\))?$/s,
    (word, meant) => [undefined, `there is no command "${word}"${hint(meant)}`],
  ],
  [/^option '(.*?)' argument missing$/s, (flag = "") => [long(flag), `a value is missing: ${flag}`]],
  [/^required option '(.*?)' not specified$/s, (flag = "") => [long(flag), `it is missing: ${flag}`]],
  [/^missing required argument '(.*?)'$/s, (name = "") => [undefined, `${name.toUpperCase()} is missing`]],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (flag = "", value, known) => [long(flag), `expected one of ${known}, got "${value}"`],
  ],
  [/^option '(.*?)' argument '.*' is invalid\. (.*)$/s, (flag = "", why = "") => [long(flag), why]],
  [
    /^too many arguments.*Expected (\d+) .* but got (\d+)\.$/s,
    (wanted, got) => [undefined, `too many arguments: expected ${wanted}, got ${got}`],
  ],
];

/** Flags that people type from habit, each with the flag that it means and how to type that. */
const HABITS: readonly (readonly [typed: RegExp, flag: string, value?: string])[] = [
  [/^(-j\d*|--jobs|--parallel|--workers|--concurrency)$/, "--max-parallel"],
  [/^--json$/, "--output-format", "-o json"],
];

/** A flag that other programs have, in clinvk's word for it. */
function otherWord(
  text: string,
  command: Pick<AnyCommand, "name" | "options">,
): [place: string, message: string] | undefined {
  const typed = /^error: unknown option '([^'=]*)/.exec(text)?.[1];
  if (typed === undefined) return undefined;
  const has = (flag: string) => command.options.some(({ long }) => long === flag);
  const habit = HABITS.find(([pattern, flag]) => pattern.test(typed) && has(flag));
  if (habit !== undefined) return [typed, `there is no such flag${hint(habit[2] ?? habit[1])}`];
  if (!/^(-m|-b|--model|--backend)$/.test(typed) || !/ (parallel|chain)$/.test(command.name())) return undefined;
  const field = typed.startsWith("-m") || typed === "--model" ? "model" : "backend";
  return [typed, `there is no such flag — \`${field}\` is a field of a task in the file, or of its \`defaults\``];
}

function inOurWords(text: string, name: string): [place: string, message: string] {
  const said = text.replace(/^error: /, "");
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(said);
    if (!found) continue;
    const [place = name, message] = words(...found.slice(1));
    return [place, message];
  }
  return [name, said];
}

function hint(meant: string | undefined): string {
  return meant === undefined ? "" : ` — did you mean ${meant}?`;
}

/** `-f, --file <file>` → `--file` */
function long(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}
