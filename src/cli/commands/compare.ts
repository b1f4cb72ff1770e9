// `clinvk compare`: one prompt for several backends, and their answers one after another.
import { prepareCompare } from "../../app/compare.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { newCommand } from "../commander.js";
import { promptFromStdin } from "../flags/piped-context.js";
import { listOf, parseRunFlags, requestOf, withRunFlags } from "../flags/read-run-flags.js";
import { contextOf } from "../flags/task-source.js";
import type { Io } from "../io.js";
import { refuse } from "../refuse.js";
import { runPrepared } from "../run-file.js";

const HELP = `
PROMPT may be - or missing: it is read from stdin. With a PROMPT, piped text is its context.

Examples:
  clinvk compare --backends claude,gemini "Which HTTP cache would you use?"
  clinvk compare --all-backends "Explain this code" < ./src/auth.js
  clinvk compare --backends claude,codex --sequential --json "Say hello" | jq -r '.results[] | .content'
  clinvk compare --all-backends --offline "Say hello"

Exit codes: 0 all answered, 1 one failed, 2 nothing was run because the input is invalid or a backend is missing,
75 work waits for a quota, 129/130/143 interrupted.`;

export async function run(argv: string[], io: Io): Promise<number> {
  const own = newCommand("compare", io)
    .description("Ask several backends the same, and show their answers side by side.")
    .argument("[prompt]")
    .option("--backends <names>", "whom to ask (comma-separated names)", listOf)
    .option("--all-backends", "ask every enabled backend that is installed")
    .option("--sequential", "one after another instead of all at once")
    .addHelpText("after", HELP);
  const command = withRunFlags(own, "compare");
  const flags = parseRunFlags(command, argv, io);
  if (typeof flags === "number") return flags;
  if ((flags.backends === undefined) === (flags.allBackends === undefined))
    return refuse(io, [
      { source: "--backends", message: "say whom to ask: --backends claude,gemini or --all-backends" },
    ]);

  const [argument] = command.args;
  const asks = argument !== undefined && argument !== "-";
  const prompt = asks ? argument : await promptFromStdin(argument === "-", io);
  if (typeof prompt === "object" && !prompt.ok) return refuse(io, prompt.error);
  const context = asks ? await contextOf(flags, io) : undefined;
  if (context && !context.ok) return refuse(io, context.error);
  const prepared = await prepareCompare({
    prompt: typeof prompt === "string" ? prompt : prompt.value,
    backends: flags.backends ?? "all",
    sequential: flags.sequential === true,
    ...omitUndefined({ context: context?.value }),
    ...requestOf(flags, io),
  });
  return runPrepared(prepared, flags, io);
}
