// What may come next on a command line: from the commands' own descriptions, and from what lies on this machine.

import { EXIT } from "../exit-codes.js";
import type { Commands, Io } from "../io.js";
import { type CommandTree, DESCRIBE, type OptionTree } from "./command-tree.js";
import { knownValues } from "./complete-values.js";

export interface CompleteContext {
  io: Io;
  commands: Commands;
}

/** Whole words that fit the last of `words`, which is being typed; none = a name of a file may be meant. */
export async function complete(words: readonly string[], { io, commands }: CompleteContext): Promise<string[]> {
  const [name = "", ...rest] = words;
  if (rest.length === 0) return fitting(name, [...Object.keys(commands), "help", "--help", "--version"]);
  if (name === "help") return rest.length === 1 ? fitting(rest[0] ?? "", Object.keys(commands)) : [];
  const command = Object.hasOwn(commands, name) ? await commands[name]?.load() : undefined;
  if (!command) return [];
  let text = "";
  const quiet: Io = { ...io, stdout: (more) => (text += more), stderr: () => {} };
  if ((await command.run([DESCRIBE], quiet, commands)) !== EXIT.ok) return [];
  return inside([name], JSON.parse(text) as CommandTree, rest, io);
}

/** Follows the words into subcommands, past flags and their values, to the one that is being typed. */
async function inside(path: string[], tree: CommandTree, words: readonly string[], io: Io): Promise<string[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  let here = tree;
  let positionals = 0;
  let pending: OptionTree | undefined;
  for (const word of before) {
    const below = positionals === 0 ? here.commands.find(({ name }) => name === word) : undefined;
    if (pending) pending = undefined;
    else if (word.startsWith("-")) {
      const option = here.options.find(({ names }) => names.includes(word));
      pending = option?.value === undefined ? undefined : option;
    } else if (below) {
      path.push(word);
      here = below;
    } else positionals += 1;
  }
  const valuesOf = (name: string) => knownValues(name, { path, words: before, io });
  if (pending) return values(current, pending.choices ?? (await valuesOf(pending.names.at(-1) ?? "")), pending);
  if (current.startsWith("-")) {
    const flags = here.options.flatMap(({ names }) => names.filter((name) => name.startsWith("--")));
    return fitting(current, [...flags, "--help"]);
  }
  const argument = here.arguments[Math.min(positionals, here.arguments.length - 1)];
  const below = positionals === 0 ? here.commands.map(({ name }) => name) : [];
  if (argument === undefined || (positionals >= here.arguments.length && !argument.variadic))
    return fitting(current, below);
  return fitting(current, [...below, ...(argument.choices ?? (await valuesOf(argument.name)))]);
}

/** The last of a comma-separated list is completed, and only what is not in it yet. */
function values(current: string, all: readonly string[], option: OptionTree): string[] {
  if (!/ids$|tags$|names$/.test(option.value ?? "")) return fitting(current, all);
  const given = current.split(",");
  const last = given.pop() ?? "";
  const prefix = given.map((one) => `${one},`).join("");
  return fitting(
    last,
    all.filter((one) => !given.includes(one)),
  ).map((one) => `${prefix}${one}`);
}

function fitting(start: string, all: readonly string[]): string[] {
  return all.filter((word) => word.startsWith(start));
}
