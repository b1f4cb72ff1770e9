// `clinvk compare`: one prompt for several backends, their answers side by side.
import { Option } from "@commander-js/extra-typings";
import { prepareCompare } from "../../app/compare.js";
import { type Diagnostic, formatDiagnostics } from "../../document/diagnostics.js";
import { ON_QUOTA } from "../../schema/task.js";
import { given } from "../../util/given.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { promptFromStdin } from "../flags/piped-context.js";
import { progressOption } from "../flags/progress-flag.js";
import { gather, REPORT_FLAG, REPORT_HELP } from "../flags/run-flags.js";
import { contextOf } from "../flags/task-source.js";
import type { Io } from "../io.js";
import { runAndReport } from "../run-and-report.js";

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
  const list = (text: string) => text.split(",").map((part) => part.trim());
  const command = newCommand("compare", io)
    .description("Ask several backends the same, and show their answers side by side.")
    .argument("[prompt]")
    .option("--backends <names>", "whom to ask (comma-separated names)", list)
    .option("--all-backends", "ask every enabled backend that is installed")
    .option("--sequential", "one after another instead of all at once")
    .option("--json", "print one JSON document instead of text")
    .option("-q, --quiet", "print the summary only")
    .option("-k, --keep-order", "print the answers in the order of the backends")
    .option("--output-dir <dir>", "write each answer, and summary.json, into this directory")
    .option("--events <file>", "write the run's events as NDJSON; - for stdout")
    .option(REPORT_FLAG, REPORT_HELP, gather)
    .addOption(progressOption())
    .option("--dry-run", "show the commands, start nothing")
    .option("--stdin", "wait for context on stdin, however long it takes")
    .option("--no-stdin", "never look at stdin for context")
    .addOption(new Option("--on-quota <what>", "when a quota is used up").choices(ON_QUOTA))
    .option("--no-journal", "do not record the run")
    .option("--config <file>", "configuration file instead of $CLINVK_HOME/config.yaml")
    .option("--offline", "answers come from the built-in offline model: no account, no internet")
    .option("--offline-script <file>", "what the offline model says (implies --offline)")
    .addHelpText("after", HELP);
  const over = parseFlags(command, argv);
  if (over !== undefined) return over;
  const flags = command.opts();
  if (flags.json && flags.events === "-")
    return refuse(io, "--json and --events - both want stdout; write the events to a file");
  if ((flags.backends === undefined) === (flags.allBackends === undefined))
    return refuse(io, "say whom to ask: --backends claude,gemini or --all-backends");

  const [argument] = command.args;
  const asks = argument !== undefined && argument !== "-";
  const prompt = asks ? argument : await promptFromStdin(argument === "-", io);
  if (typeof prompt === "object" && !prompt.ok) return invalid(io, prompt.error);
  const context = asks ? await contextOf(flags, io) : undefined;
  if (context && !context.ok) return invalid(io, context.error);
  const prepared = await prepareCompare({
    prompt: typeof prompt === "string" ? prompt : prompt.value,
    backends: flags.backends ?? "all",
    sequential: flags.sequential === true,
    flags: {
      ...given({ output_dir: flags.outputDir, dry_run: flags.dryRun, on_quota: flags.onQuota }),
      offline: flags.offline === true || flags.offlineScript !== undefined,
    },
    ...given({ config_flag: flags.config, offline_script: flags.offlineScript, context: context?.value }),
    env: io.env,
    cwd: io.cwd,
  });
  if (!prepared.ok) return invalid(io, prepared.error);
  const { plan, config } = prepared.value;
  return runAndReport({ plan, config, flags, journal: flags.journal && config.config.runs?.journal !== false }, io);
}

function refuse(io: Io, message: string): number {
  io.stderr(`clinvk compare: ${message}\n`);
  return EXIT.invalid;
}

function invalid(io: Io, problems: readonly Diagnostic[]): number {
  io.stderr(`${formatDiagnostics(problems)}\n`);
  return EXIT.invalid;
}
