// `clinvk completion`: the scripts that let a shell complete commands, flags, and what is in a task file.
import { newCommand, parseFlags } from "../commander.js";
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
  // What the scripts call, with the words so far and the one that is being typed as the last.
  if (argv[0] === "words") {
    const { complete } = await import("../completion/complete.js");
    const found = await complete(argv.slice(1), { io, commands });
    io.stdout(found.map((word) => `${word}\n`).join(""));
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

/** Without candidates of ours each shell completes the names of files. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion for clinvk
_clinvk() {
  local IFS=$'\\n'
  COMPREPLY=($(clinvk completion words "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _clinvk clinvk
`,
  zsh: `#compdef clinvk
# zsh completion for clinvk
_clinvk() {
  local -a found
  found=("\${(@f)$(clinvk completion words "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
if [[ "$funcstack[1]" = _clinvk ]]; then _clinvk "$@"; else compdef _clinvk clinvk; fi
`,
  fish: `# fish completion for clinvk
function __clinvk_words
  set -l found (clinvk completion words (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c clinvk -f -a '(__clinvk_words)'
`,
};
