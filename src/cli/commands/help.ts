// `clinvk --help`, and the answer to an unknown command.
import { nearest } from "../../util/nearest.js";
import { shellQuote } from "../../util/shell-quote.js";
import { EXIT } from "../exit-codes.js";
import type { Commands, Io } from "../io.js";

export async function run(argv: string[], io: Io, commands: Commands): Promise<number> {
  const [first, second] = argv;
  if (first === "help" && second !== undefined && Object.hasOwn(commands, second)) {
    return (await commands[second]?.load())?.run(["--help"], io, commands) ?? EXIT.ok;
  }
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    io.stdout(overview(commands));
    return first === undefined ? EXIT.invalid : EXIT.ok;
  }
  io.stderr(notACommand(argv, Object.keys(commands)));
  return EXIT.invalid;
}

/** A word may be a mistyped command or a short prompt. */
function notACommand([first = "", ...flags]: readonly string[], commands: readonly string[]): string {
  const near = nearest(first, commands);
  if (near !== undefined)
    return `clinvk: there is no command "${first}" — did you mean \`clinvk ${near}\`?\n\`clinvk --help\` lists the commands\n`;
  const end = flags.findIndex((word) => word.startsWith("-"));
  const words = [first, ...(end < 0 ? flags : flags.slice(0, end))];
  const prompt = `clinvk prompt ${shellQuote([words.join(" "), ...flags.slice(words.length - 1)])}`;
  return `clinvk: there is no command "${first}"\n\`clinvk --help\` lists the commands; \`${prompt}\` asks a model\n`;
}

function overview(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `clinvk runs many AI coding CLI tasks at once: Claude Code, Codex, Gemini.

Usage: clinvk <command> [flags]
       clinvk [flags] "PROMPT"

Commands:
${list.join("\n")}

Examples:
  clinvk parallel tasks.json             run the tasks of a file
  clinvk parallel review.json < auth.js  the same, with a file as context
  clinvk "explain this project"          ask one CLI
  clinvk parallel tasks.json --offline   try it without accounts
  clinvk backends                        see which CLIs are there

\`clinvk <command> --help\` shows the flags of a command.
`;
}
