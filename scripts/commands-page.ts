// docs/reference/commands.md: every command with its flags and examples, as the commands describe themselves.
import { COMMANDS } from "../src/cli/command-list.js";
import { type ArgumentTree, type CommandTree, DESCRIBE, type OptionTree } from "../src/cli/completion/command-tree.js";
import type { Io } from "../src/cli/io.js";
import { cell } from "./schema-tables.js";

/** The whole page. */
export async function commandsPage(): Promise<string> {
  const names = Object.keys(COMMANDS);
  const table = names.map((name) => `| [\`clinvk ${name}\`](#clinvk-${name}) | ${COMMANDS[name]?.summary} |\n`);
  const sections: string[] = [];
  for (const name of names) sections.push(await section(name));
  return `<!-- Made by \`npm run gen\` from the commands in src/cli/commands. -->

# Commands

\`--help\` of each prints the same. Results are on stdout, everything else on stderr. \`clinvk "PROMPT"\` without a command is short for
[\`clinvk prompt\`](#clinvk-prompt).

| command | |
|---|---|
${table.join("")}${sections.join("")}`;
}

async function section(name: string): Promise<string> {
  const tree = JSON.parse(await output(name, DESCRIBE)) as CommandTree;
  const subcommands: string[] = [];
  for (const one of tree.commands) {
    const text = await describe(one, "###", `clinvk ${name} ${one.name}`, [name, one.name]);
    subcommands.push(text);
  }
  return `${await describe(tree, "##", `clinvk ${name}`, [name])}${subcommands.join("")}`;
}

async function describe(tree: CommandTree, prefix: string, title: string, words: string[]): Promise<string> {
  const rows = [...tree.arguments.map(argumentRow), ...tree.options.map(optionRow)];
  const table = rows.length > 0 ? `\n| | |\n|---|---|\n${rows.join("")}` : "";
  const [first = "", ...rest] = words;
  const more = afterFlags(await output(first, ...rest, "--help"));
  return `\n${prefix} ${title}\n\n${capitalised(tree.description)}\n${table}${more === "" ? "" : `\n\`\`\`text\n${more}\n\`\`\`\n`}`;
}

/** What a command prints, in a home that does not exist. */
async function output(name: string, ...argv: string[]): Promise<string> {
  let text = "";
  const print = (more: string) => {
    text += more;
  };
  const io: Io = { stdout: print, stderr: print, env: { CLINVK_HOME: "/nonexistent" }, cwd: "/" };
  const command = await COMMANDS[name]?.load();
  await command?.run(argv, io, COMMANDS);
  return text;
}

/** The part of a help that follows the lists of arguments, flags and subcommands. */
function afterFlags(help: string): string {
  const parts = help.trimEnd().split("\n\n");
  const last = parts.findLastIndex((part) => /^(?:Usage|Arguments|Options|Commands):/.test(part));
  return parts.slice(last + 1).join("\n\n");
}

function argumentRow({ name, description, required, variadic, choices }: ArgumentTree): string {
  const dots = variadic ? "..." : "";
  const usage = required ? `<${name}${dots}>` : `[${name}${dots}]`;
  return `| \`${usage}\` | ${cell(description)}${choicesOf(choices)} |\n`;
}

function optionRow({ flags, description, choices }: OptionTree): string {
  return `| \`${flags}\` | ${cell(description)}${choicesOf(choices)} |\n`;
}

function choicesOf(choices: readonly string[] | undefined): string {
  return choices === undefined ? "" : `: ${choices.map((choice) => `\`${choice}\``).join(" · ")}`;
}

function capitalised(text: string): string {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return sentence.endsWith(".") ? sentence : `${sentence}.`;
}
