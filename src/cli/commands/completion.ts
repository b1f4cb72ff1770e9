// `clinvk completion`: the scripts that let a shell complete commands, flags, and what is in a task file.
import { newCommand, parseFlags } from "../commander.js";
import type { Candidate } from "../completion/complete.js";
import { EXIT } from "../exit-codes.js";
import type { Commands, Io } from "../io.js";
import { fail } from "../refuse.js";

const HELP = `
Commands, flags and their values are completed, also what only a file or a directory knows: the ids and tags of the task
file that \`-f\` names, runs, sessions and backends.

Set it up:
  bash   clinvk completion bash > ~/.local/share/bash-completion/completions/clinvk
  zsh    clinvk completion zsh > "\${fpath[1]}/_clinvk"
  fish   clinvk completion fish > ~/.config/fish/completions/clinvk.fish

Examples:
  source <(clinvk completion bash)     try it in this shell`;

export async function run(argv: string[], io: Io, commands: Commands): Promise<number> {
  // The shell scripts call this with the words so far; the last one is still being typed.
  const [first = "", ...words] = argv;
  const line = Object.hasOwn(LINES, first) ? LINES[first] : undefined;
  if (line !== undefined) {
    const { complete } = await import("../completion/complete.js");
    const found = await complete(words, { io, commands });
    io.stdout(found.map((candidate) => `${line(candidate)}\n`).join(""));
    return EXIT.ok;
  }
  let shell = "";
  const command = newCommand("completion", io)
    .description("Print the script that completes clinvk's commands in a shell.")
    .addHelpText("after", HELP)
    .argument("<shell>", `one of ${Object.keys(SCRIPTS).join(", ")}`)
    .action((name) => {
      shell = name;
    });
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined)
    return fail(
      io,
      "clinvk completion",
      `there is no script for "${shell}"; known: ${Object.keys(SCRIPTS).join(", ")}`,
    );
  io.stdout(script);
  return EXIT.ok;
}

/** The candidates in each shell's format; bash shows only the words. */
const LINES: Readonly<Record<string, (candidate: Candidate) => string>> = {
  words: ({ word }) => word,
  "words-zsh": ({ word, about }) => `${word.replaceAll(":", "\\:")}${about === undefined ? "" : `:${about}`}`,
  "words-fish": ({ word, about }) => (about === undefined ? word : `${word}\t${about}`),
};

/** If clinvk has no candidates, each shell completes file names. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion for clinvk
_clinvk() {
  local IFS=$'\\n'
  COMPREPLY=($(clinvk completion words "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _clinvk clinvk
`,
  zsh: `#compdef clinvk
# zsh completion for clinvk
_clinvk() {
  local -a found
  found=("\${(@f)$(clinvk completion words-zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then _describe clinvk found; else _files; fi
}
if [[ "$funcstack[1]" = _clinvk ]]; then _clinvk "$@"; else compdef _clinvk clinvk; fi
`,
  fish: `# fish completion for clinvk
function __clinvk_words
  set -l found (clinvk completion words-fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c clinvk -f -a '(__clinvk_words)'
`,
};
