// `clinvk --help`, and what a word gets that is no command.
import { nearest } from "../../util/nearest.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";

type Commands = Readonly<
  Record<string, { summary: string; load(): Promise<{ run(argv: string[], io: Io): Promise<number> }> }>
>;

export async function run(argv: string[], io: Io, commands: Commands): Promise<number> {
  const [first, second] = argv;
  if (first === "help" && second !== undefined && Object.hasOwn(commands, second)) {
    return (await commands[second]?.load())?.run(["--help"], io) ?? EXIT.ok;
  }
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    io.stdout(overview(commands));
    return first === undefined ? EXIT.invalid : EXIT.ok;
  }
  const near = nearest(first, Object.keys(commands));
  io.stderr(
    `clinvk: there is no command "${first}"${near === undefined ? "" : ` — did you mean \`clinvk ${near}\`?`}\n`,
  );
  io.stderr("`clinvk --help` lists the commands\n");
  return EXIT.invalid;
}

function overview(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `clinvk runs many AI coding CLI tasks at once: Claude Code, Codex, Gemini.

Usage: clinvk <command> [flags]

Commands:
${list.join("\n")}

Examples:
  clinvk parallel -f tasks.json             run the tasks of a file
  clinvk parallel -f review.json < auth.js  the same, with a file as context
  clinvk parallel -f tasks.json --offline   try it without accounts
  clinvk backends                           see which CLIs are there

\`clinvk <command> --help\` shows the flags of a command.
`;
}
