// `clinvk init`: writes a first task file with explanations or, with `--config`, a configuration with every key.
import { dirname, resolve } from "node:path";
import { backends } from "../../backends/index.js";
import { clinvkHome } from "../../config/home.js";
import { locate } from "../../executors/locate.js";
import { writeNew } from "../../util/new-files.js";
import { shellQuote } from "../../util/shell-quote.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { schemaPlace, taskFileTemplate } from "../init-templates.js";
import type { Io } from "../io.js";
import { fail } from "../refuse.js";

const DEFAULT_FILE = "tasks.jsonc";

const HELP = `
The task file names the AI CLIs that are installed here. It is JSON with comments; nothing that exists is overwritten.

Examples:
  clinvk init                     writes ${DEFAULT_FILE}
  clinvk init review/tasks.json
  clinvk init --config            writes $CLINVK_HOME/config.yaml, every key explained`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("init", io)
    .description("Write a task file to start from.")
    .argument("[file]", "where to", DEFAULT_FILE)
    .option("--config", "write a configuration instead, as `clinvk config init` does")
    .addHelpText("after", HELP);
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  if (command.opts().config) return (await import("./config.js")).run(["init"], io);
  const [file] = command.processedArgs;
  if (!/\.jsonc?$/.test(file)) {
    return fail(io, file, "the name must end in .jsonc or .json, as the file is JSON with comments");
  }
  const home = clinvkHome(io.env);
  const path = resolve(io.cwd, file);
  const template = taskFileTemplate(installed(io, home), schemaPlace("task-file", dirname(path)));
  const written = writeNew(path, template, 0o666);
  if (!written.ok) return fail(io, "clinvk init", written.error);
  const line = shellQuote(["clinvk", "parallel", file]);
  io.stderr(`wrote ${path}

Next:
  ${line} --offline   # try it without an account
  ${line} --dry-run   # see the commands
  ${line}
`);
  return EXIT.ok;
}

/** The CLIs of this machine, or all three if there is none yet. */
function installed(io: Io, clinvk_home: string): string[] {
  const all = Object.values(backends);
  const found = all.filter((backend) => locate(backend, { env: io.env, clinvk_home, cwd: io.cwd }).found);
  return (found.length > 0 ? found : all).map(({ name }) => name);
}
