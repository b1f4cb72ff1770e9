// `clinvk chain`: the steps of a file, one after another.
import { Option } from "@commander-js/extra-typings";
import { prepare } from "../../app/prepare.js";
import { type Diagnostic, formatDiagnostics } from "../../document/diagnostics.js";
import { ON_QUOTA } from "../../schema/task.js";
import { given } from "../../util/given.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { progressOption } from "../flags/progress-flag.js";
import { gather, REPORT_FLAG, REPORT_HELP } from "../flags/run-flags.js";
import { contextBeside, taskSource } from "../flags/task-source.js";
import type { Io } from "../io.js";
import { runAndReport } from "../run-and-report.js";

const HELP = `
In a prompt, {{previous}} is the answer of the step before, {{steps.NAME.content}} that of any earlier step, {{stdin}} what
is piped in; without {{stdin}} piped text is added to the first prompt. Without --file the steps are read from stdin.

Examples:
  clinvk chain -f chain.json
  clinvk chain -f chain.json < ./src/auth.js
  clinvk chain -f chain.json --json | jq -r '.results[-1].content'
  clinvk chain -f chain.json --offline

Exit codes: 0 all steps completed, 1 a step failed, 2 nothing was run because the input is invalid,
75 work waits for a quota, 129/130/143 interrupted.`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("chain", io)
    .description("Run the steps of a file one after another, each with the answers of those before it.")
    .option("-f, --file <file>", "chain file: JSON (comments allowed) or YAML; - for stdin")
    .option("--json", "print one JSON document instead of text")
    .option("-q, --quiet", "print the summary only")
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
  if (flags.json && flags.events === "-") {
    io.stderr("clinvk chain: --json and --events - both want stdout; write the events to a file\n");
    return EXIT.invalid;
  }
  const source = await taskSource(flags, "the chain file", io);
  if (!source.ok) return invalid(io, source.error);
  if (source.value === undefined) {
    io.stderr(command.helpInformation());
    return EXIT.invalid;
  }
  const context = await contextBeside(flags, io);
  if (!context.ok) return invalid(io, context.error);
  const prepared = await prepare({
    kind: "chain",
    source: source.value,
    flags: {
      ...given({ output_dir: flags.outputDir, dry_run: flags.dryRun, on_quota: flags.onQuota }),
      offline: flags.offline === true || flags.offlineScript !== undefined,
    },
    ...given({ config_flag: flags.config, offline_script: flags.offlineScript, context: context.value }),
    env: io.env,
    cwd: io.cwd,
  });
  if (!prepared.ok) return invalid(io, prepared.error);
  const { plan, config } = prepared.value;
  return runAndReport({ plan, config, flags, journal: flags.journal && config.config.runs?.journal !== false }, io);
}

function invalid(io: Io, problems: readonly Diagnostic[]): number {
  io.stderr(`${formatDiagnostics(problems)}\n`);
  return EXIT.invalid;
}
