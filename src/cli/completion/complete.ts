// Candidates for the next word of a command line: from the commands' descriptions, and from what is on this machine.

import { EXIT } from "../exit-codes.js";
import type { Commands, Io } from "../io.js";
import { type CommandTree, DESCRIBE, type OptionTree } from "./command-tree.js";
import { knownValues } from "./complete-values.js";

export interface CompleteContext {
  io: Io;
  commands: Commands;
}

/** A whole word, and its short description if it has one. */
export interface Candidate {
  word: string;
  about?: string;
}

/** Candidates for the last word of `typed`, which is still being typed; none = it may be a file name. */
export async function complete(typed: readonly string[], { io, commands }: CompleteContext): Promise<Candidate[]> {
  // bash gives `--only=a` as three words.
  const [name = "", ...rest] = typed.flatMap((word, at) => (word !== "=" ? word : at === typed.length - 1 ? "" : []));
  const all = Object.entries(commands).map(([word, { summary }]) => ({ word, about: summary }));
  // Flags without a command are those of `clinvk prompt`.
  const ofPrompt = name.startsWith("-") ? await treeOf("prompt", { io, commands }) : undefined;
  if (rest.length === 0) {
    const flags = ofPrompt === undefined ? [] : await inside(["prompt"], ofPrompt, [name], io);
    const own = fitting(name, [...all, ...plain(["help", "--help", "--version"])]);
    return [...own, ...flags.filter(({ word }) => !own.some((one) => one.word === word))];
  }
  if (ofPrompt !== undefined) return inside(["prompt"], ofPrompt, [name, ...rest], io);
  if (name === "help") return rest.length === 1 ? fitting(rest[0] ?? "", all) : [];
  const tree = await treeOf(name, { io, commands });
  return tree === undefined ? [] : inside([name], tree, rest, io);
}

/** What a command says of itself; `undefined` = there is no such command. */
async function treeOf(name: string, { io, commands }: CompleteContext): Promise<CommandTree | undefined> {
  const command = Object.hasOwn(commands, name) ? await commands[name]?.load() : undefined;
  if (!command) return undefined;
  let text = "";
  const quiet: Io = { ...io, stdout: (more) => (text += more), stderr: () => {} };
  return (await command.run([DESCRIBE], quiet, commands)) === EXIT.ok ? (JSON.parse(text) as CommandTree) : undefined;
}

/** Follows the words into subcommands, past flags and their values, to the one that is being typed. */
async function inside(path: string[], tree: CommandTree, words: readonly string[], io: Io): Promise<Candidate[]> {
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
  const valuesOfOption = async (option: OptionTree, start: string) =>
    values(start, option.choices ?? (await valuesOf(option.names.at(-1) ?? "")), option);
  if (pending) return plain(await valuesOfOption(pending, current));
  const [, flag, start = ""] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  const named = flag === undefined ? undefined : here.options.find(({ names }) => names.includes(flag));
  if (named) return plain((await valuesOfOption(named, start)).map((value) => `${flag}=${value}`));
  if (current.startsWith("-")) {
    const flags = here.options.flatMap(({ names, description }) =>
      names.filter((name) => name.startsWith("--")).map((word) => ({ word, about: description })),
    );
    return fitting(current, [...flags, ...plain(["--help"])]);
  }
  const argument = here.arguments[Math.min(positionals, here.arguments.length - 1)];
  const below =
    positionals === 0 ? here.commands.map(({ name, description }) => ({ word: name, about: description })) : [];
  if (argument === undefined || (positionals >= here.arguments.length && !argument.variadic))
    return fitting(current, below);
  return fitting(current, [...below, ...plain(argument.choices ?? (await valuesOf(argument.name)))]);
}

/** Completes the last entry of a comma-separated list; values that are already in the list are left out. */
function values(current: string, all: readonly string[], option: OptionTree): string[] {
  if (!/ids$|tags$|names$/.test(option.value ?? "")) return all.filter((word) => word.startsWith(current));
  const given = current.split(",");
  const last = given.pop() ?? "";
  const prefix = given.map((one) => `${one},`).join("");
  return all.filter((one) => !given.includes(one) && one.startsWith(last)).map((one) => `${prefix}${one}`);
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word }));
}

function fitting(start: string, all: readonly Candidate[]): Candidate[] {
  return all.filter(({ word }) => word.startsWith(start));
}
