// `clinvk parallel`: runs the tasks of a file, several at once.
import { newCommand } from "../commander.js";
import { withRunFlags } from "../flags/read-run-flags.js";
import type { Io } from "../io.js";
import { runFile } from "../run-file.js";

const HELP = `
Without FILE the tasks are read from stdin. With FILE, piped text is context for every task.

Examples:
  clinvk parallel tasks.json
  clinvk parallel review.json < ./src/auth.js
  clinvk parallel tasks.json --json | jq -r '.results[] | .content'
  clinvk parallel tasks.json --only task-1,task-3 --max-parallel 1
  clinvk parallel tasks.json --report html=report.html
  clinvk parallel tasks.json --offline

Exit codes: 0 all tasks completed, 1 a task failed, 2 nothing was run because the input is invalid,
75 work waits for a quota, 129/130/143 interrupted.`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("parallel", io)
    .description("Run the tasks in a file in parallel, on Claude Code, Codex and Gemini.")
    .argument("[file]", "task file: JSON (comments allowed) or YAML; - for stdin")
    .addHelpText("after", HELP);
  return runFile("parallel", withRunFlags(command, "parallel"), argv, io);
}
