// `clinvk compare`: asks several backends the same question, and prints their answers one after another.
import { prepareCompare } from "../../app/compare.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import { shellQuote } from "../../util/shell-quote.js";
import { newCommand } from "../commander.js";
import { promptAndContext } from "../flags/piped-context.js";
import { tooManyWords } from "../flags/prompt-flags.js";
import { listOf, parseRunFlags, requestOf, withRunFlags } from "../flags/read-run-flags.js";
import type { Io } from "../io.js";
import { refuse } from "../refuse.js";
import { runPrepared } from "../run-file.js";

const HELP = `
Without PROMPT, or with -, the prompt is read from stdin. With a PROMPT, piped text is its context.

Examples:
  clinvk compare --backends claude,gemini "Which HTTP cache would you use?"
  clinvk compare --all-backends "Explain this code" < ./src/auth.js
  clinvk compare --backends claude,codex --sequential --json "Say hello" | jq -r '.results[] | .content'
  clinvk compare --all-backends --offline "Say hello"

Exit codes: 0 all answered, 1 one failed, 2 nothing was run because the input is invalid or a backend is missing,
75 work waits for a quota, 129/130/143 interrupted.`;

const EXAMPLE = 'clinvk compare --all-backends "which HTTP cache would you use?"';

export async function run(argv: string[], io: Io): Promise<number> {
  const own = newCommand("compare", io)
    .description("Ask several backends the same question, and show their answers one after another.")
    .argument("[prompt]")
    .allowExcessArguments()
    .option("--backends <names>", "the backends to ask (comma-separated names)", listOf)
    .option("--all-backends", "ask every enabled backend that is installed")
    .option("--sequential", "one after another instead of all at once")
    .addHelpText("after", HELP);
  const command = withRunFlags(own, "compare");
  const flags = parseRunFlags(command, argv, io);
  if (typeof flags === "number") return flags;
  if (command.args.length > 1) return refuse(io, [namesBySpaces(command.args, flags.backends)]);
  if ((flags.backends === undefined) === (flags.allBackends === undefined))
    return refuse(io, [
      { source: "--backends", message: "name the backends to ask: --backends claude,gemini or --all-backends" },
    ]);

  const asked = await promptAndContext(command.args[0], flags, EXAMPLE, io);
  if (!asked.ok) return refuse(io, asked.error);
  const { warned, ...texts } = asked.value;
  const prepared = await prepareCompare({
    ...texts,
    backends: flags.backends ?? "all",
    sequential: flags.sequential === true,
    ...requestOf(flags, io),
  });
  return runPrepared(prepared, flags, io, warned);
}

/** The usual cause is spaces instead of commas between the backends' names. */
function namesBySpaces(words: readonly string[], backends: readonly string[] | undefined): Diagnostic {
  const prompt = words.at(-1) ?? "";
  const names = words.slice(0, -1);
  if (backends === undefined || names.some((name) => !/^[\w.-]+$/.test(name))) return tooManyWords(words);
  const command = shellQuote(["clinvk", "compare", "--backends", [...backends, ...names].join(","), prompt]);
  return { source: "--backends", message: "commas separate the names", hint: `\`${command}\`` };
}
