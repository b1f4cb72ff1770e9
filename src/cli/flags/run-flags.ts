// The flags of `clinvk parallel`.
import { Option } from "@commander-js/extra-typings";
import { ON_QUOTA } from "../../schema/task.js";
import { newCommand, parseFlags } from "../commander.js";
import type { Io } from "../io.js";
import { progressOption } from "./progress-flag.js";

const HELP = `
Without --file the tasks are read from stdin. With --file, piped text is context for every task.

Examples:
  clinvk parallel -f tasks.json
  clinvk parallel -f review.json < ./src/auth.js
  clinvk parallel -f tasks.json --json | jq -r '.results[] | .content'
  clinvk parallel -f tasks.json --only task-1,task-3 --max-parallel 1
  clinvk parallel -f tasks.json --report html=report.html
  clinvk parallel -f tasks.json --offline

Exit codes: 0 all tasks completed, 1 a task failed, 2 nothing was run because the input is invalid,
75 work waits for a quota, 129/130/143 interrupted.`;

export function parallelCommand(io: Io) {
  const list = (text: string) => text.split(",").map((part) => part.trim());
  return newCommand("parallel", io)
    .description("Run the tasks of a file at once, on Claude Code, Codex and Gemini.")
    .option("-f, --file <file>", "task file: JSON (comments allowed) or YAML; - for stdin")
    .option("--max-parallel <n>", "how many tasks run at once")
    .option("--fail-fast", "stop everything at the first failure")
    .option("--no-fail-fast", "get all results even if one fails")
    .option("--json", "print one JSON document instead of text")
    .option("-q, --quiet", "print the summary only")
    .option("-k, --keep-order", "print the answers in file order")
    .option("--output-dir <dir>", "write each answer, and summary.json, into this directory")
    .option("--events <file>", "write the run's events as NDJSON; - for stdout")
    .option(REPORT_FLAG, REPORT_HELP, gather)
    .addOption(progressOption())
    .option("--only <ids>", "run these tasks only (comma-separated ids)", list)
    .option("--tags <tags>", "run only tasks with one of these tags (comma-separated)", list)
    .option("--dry-run", "show the commands, start nothing")
    .option("--stdin", "wait for context on stdin, however long it takes")
    .option("--no-stdin", "never look at stdin for context")
    .addOption(new Option("--on-quota <what>", "when a quota is used up").choices(ON_QUOTA))
    .option("--no-journal", "do not record the run")
    .option("--config <file>", "configuration file instead of $CLINVK_HOME/config.yaml")
    .option("--offline", "answers come from the built-in offline model: no account, no internet")
    .option("--offline-script <file>", "what the offline model says (implies --offline)")
    .addHelpText("after", HELP);
}

export type ParallelFlags = ReturnType<ReturnType<typeof parallelCommand>["opts"]>;

/** The flags, or the exit code with which the command is already over. */
export function readParallelFlags(argv: string[], io: Io): ParallelFlags | number {
  const command = parallelCommand(io);
  const over = parseFlags(command, argv);
  if (over !== undefined) return over;
  const flags = command.opts();
  if (!(flags.json && flags.events === "-")) return flags;
  io.stderr("clinvk parallel: --json and --events - both want stdout; write the events to a file\n");
  return 2;
}

export const REPORT_FLAG = "--report <report>";

export const REPORT_HELP = "write another report: junit=FILE, html=FILE or github (may be given several times)";

/** Gathers the values of a flag that may be given several times. */
export function gather(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
