// The commands' descriptions of themselves as data: for completions, and for the reference of all flags.
import type { Argument, Option, OutputConfiguration } from "@commander-js/extra-typings";

/** The first argument that asks a command for its tree; not for people. */
export const DESCRIBE = "--describe-command-as-json";

export interface OptionTree {
  /** As the help shows it: `-f, --file <file>`. */
  flags: string;
  /** Spellings: `-f`, `--file`. */
  names: string[];
  description: string;
  /** What its value is called in the help, such as `file`; absent = it takes none. */
  value?: string;
  choices?: readonly string[];
}

export interface ArgumentTree {
  name: string;
  description: string;
  required: boolean;
  variadic: boolean;
  choices?: readonly string[];
}

/** One command, with those below it. */
export interface CommandTree {
  name: string;
  description: string;
  options: OptionTree[];
  arguments: ArgumentTree[];
  commands: CommandTree[];
}

/** The part of commander's command that is read here, independent of the types of its flags. */
interface Described {
  name(): string;
  description(): string;
  configureOutput(): OutputConfiguration;
  readonly options: readonly Option[];
  readonly registeredArguments: readonly Argument[];
  readonly commands: readonly Described[];
}

export function describeCommand(command: Described): CommandTree {
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.map((option) => ({
      flags: option.flags,
      names: [option.short, option.long].filter((name) => name !== undefined),
      description: option.description,
      ...(option.required || option.optional ? { value: /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? "value" } : {}),
      ...(option.argChoices ? { choices: option.argChoices } : {}),
    })),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
      variadic: argument.variadic,
      ...(argument.argChoices ? { choices: argument.argChoices } : {}),
    })),
    commands: command.commands.map(describeCommand),
  };
}
