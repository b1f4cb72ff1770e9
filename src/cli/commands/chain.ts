// `clinvk chain`: runs the steps of a file one after another.
import { newCommand } from "../commander.js";
import { withRunFlags } from "../flags/read-run-flags.js";
import type { Io } from "../io.js";
import { runFile } from "../run-file.js";

const HELP = `
In a prompt, {{previous}} is the answer of the step before, {{steps.NAME.content}} the answer of any earlier step, and
{{stdin}} the piped text. Without {{stdin}} piped text is added to the first prompt. Without FILE the steps are read from
stdin.

Examples:
  clinvk chain chain.json
  clinvk chain chain.json < ./src/auth.js
  clinvk chain chain.json --json | jq -r '.results[-1].content'
  clinvk chain chain.json --offline

Exit codes: 0 all steps completed, 1 a step failed, 2 nothing was run because the input is invalid,
75 work waits for a quota, 129/130/143 interrupted.`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("chain", io)
    .description("Run the steps in a file one after another; each can use the answers of earlier steps.")
    .argument("[file]", "chain file: JSON (comments allowed) or YAML; - for stdin")
    .addHelpText("after", HELP);
  return runFile("chain", withRunFlags(command, "chain"), argv, io);
}
