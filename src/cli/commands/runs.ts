// `clinvk runs`: lists and shows recorded runs, resumes them and removes them.
import { clinvkHome } from "../../config/home.js";
import { loadConfig } from "../../config/load.js";
import { readRun } from "../../store/read-run.js";
import { listRuns, overviewFrom, prune, RETENTION_DAYS, removeRun, runHolder } from "../../store/runs.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { terminalColumns } from "../../util/terminal.js";
import { printText } from "../ci-log.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { parseAge } from "../flags/age-flag.js";
import { withRunFlags } from "../flags/read-run-flags.js";
import type { Io } from "../io.js";
import { showLogs } from "../output/runs-logs.js";
import type { RunReportRequest } from "../output/runs-report.js";
import { damageText, listText, overviewJson, showText, writeShowJson } from "../output/runs-text.js";
import { fail, refuse } from "../refuse.js";
import { resumeRecorded } from "../resume-run.js";
import { findRunArgument, RUN_HELP, withRun } from "../run-argument.js";

const FORCE_HELP = "even if a process on another machine, or in another container, may still work on it";

const EXAMPLES = `
A run is recorded under $CLINVK_HOME/runs (CLINVK_HOME is ~/.clinvk if not set). The beginning or
the end of an ID is enough if no other run has the same; \`last\` is the newest run.

Examples:
  clinvk runs list --failed
  clinvk runs show last --json | jq -r '.results[].content'
  clinvk runs resume last
  clinvk runs logs 3f9a1c --follow
  clinvk runs report 3f9a1c --report html=report.html
  clinvk runs prune --older-than 7d`;

export async function run(argv: string[], io: Io): Promise<number> {
  const home = clinvkHome(io.env);
  let action = async () => EXIT.ok as number;
  const command = newCommand("runs", io)
    .description("List, show, follow, resume and remove recorded runs.")
    .addHelpText("after", EXAMPLES);
  command
    .command("list")
    .description("List runs, newest first.")
    .option("--json", "print JSON")
    .option("--failed", "only runs with failed tasks")
    .option("-n, --limit <count>", "how many at most", "20")
    .action((flags) => {
      action = async () => list(home, flags, io);
    });
  command
    .command("show")
    .description("Show the summary of one run; with --json its answers too.")
    .argument("<id>", RUN_HELP)
    .option("--json", "print JSON")
    .action((id, flags) => {
      action = () =>
        withRun({ home, argument: id, command: "clinvk runs show" }, io, (runId) =>
          show(home, runId, flags.json === true, io),
        );
    });
  const resume = command
    .command("resume")
    .description("Continue an interrupted run: only unfinished tasks are run.")
    .argument("<id>", RUN_HELP)
    .option("--force", FORCE_HELP);
  withRunFlags(resume, "runs resume").action((id, flags) => {
    action = () =>
      withRun({ home, argument: id, command: "clinvk runs resume" }, io, (run_id) =>
        resumeRecorded({ run_id, flags, ...omitUndefined({ on_quota: flags.onQuota, force: flags.force }) }, io),
      );
  });
  const retry = command
    .command("retry")
    .description("Run tasks again: the failed ones, or those you name.")
    .argument("<id>", RUN_HELP)
    .option("--failed", "all failed tasks (the default)")
    .option("--task <ids...>", "these tasks (ids or names), even if they succeeded")
    .option("--force", FORCE_HELP);
  withRunFlags(retry, "runs retry").action((id, flags) => {
    action = () =>
      withRun({ home, argument: id, command: "clinvk runs retry" }, io, (run_id) =>
        resumeRecorded({ run_id, flags, again: flags.task ?? "failed", ...omitUndefined({ force: flags.force }) }, io),
      );
  });
  command
    .command("logs")
    .description("Print what happened in one run, event by event.")
    .argument("<id>", RUN_HELP)
    .option("-f, --follow", "keep printing until the run has ended")
    .option("--task <id>", "only events of this task: its id or name")
    .action((id, flags) => {
      const follow = flags.follow === true;
      action = () =>
        withRun({ home, argument: id, command: "clinvk runs logs" }, io, (run_id) =>
          showLogs({ clinvk_home: home, run_id, task: flags.task, follow }, io),
        );
    });
  const report = command
    .command("report")
    .description("Write reports of a finished run: HTML, JUnit, or for GitHub.")
    .argument("<id>", RUN_HELP);
  withRunFlags(report, "runs report").action((id, { report = [] }) => {
    action = () =>
      withRun({ home, argument: id, command: "clinvk runs report" }, io, (run_id) =>
        makeReports({ clinvk_home: home, run_id, reports: report }, io),
      );
  });
  command
    .command("rm")
    .description("Remove runs with their answers; running ones are kept.")
    .argument("<id...>", RUN_HELP)
    .option("--force", FORCE_HELP)
    .action((ids, flags) => {
      action = async () => remove(home, ids, flags.force === true, io);
    });
  command
    .command("prune")
    .description("Remove old runs.")
    .option("--older-than <age>", "since their last event, such as 7d or 12h (default: runs.retention_days, else 30d)")
    .action((flags) => {
      action = async () => {
        if (flags.olderThan !== undefined) return removeOld(home, flags.olderThan, io);
        return removeOutdated(home, io);
      };
    });
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  try {
    return await action();
  } catch (error) {
    // Such as no permission or an I/O error: a stack trace would not help.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return fail(io, "clinvk runs", error.message, EXIT.failed);
  }
}

/** Loaded on demand: most uses of `clinvk runs` need no Markdown. */
async function makeReports(request: RunReportRequest, io: Io): Promise<number> {
  return (await import("../output/runs-report.js")).reportRun(request, io);
}

interface ListFlags {
  json?: true | undefined;
  failed?: true | undefined;
  limit: string;
}

async function list(home: string, flags: ListFlags, io: Io): Promise<number> {
  const limit = /^\d+$/.test(flags.limit) ? Number(flags.limit) : 0;
  if (limit < 1) return fail(io, "--limit", `expected a whole number of at least 1, got "${flags.limit}"`);
  const runs = listRuns(home, { limit, where: ({ counts }) => !flags.failed || counts.failed > 0 });
  if (flags.json) io.stdout(`${JSON.stringify({ runs: runs.map(overviewJson) }, null, 2)}\n`);
  else if (runs.length === 0)
    io.stderr(`there are no ${flags.failed ? "runs with failed tasks" : "runs"} in ${home}\n`);
  else printText(io, await listText(runs, { columns: terminalColumns(), now: Date.now() }));
  return EXIT.ok;
}

async function show(home: string, runId: string, json: boolean, io: Io): Promise<number> {
  const holder = runHolder(home, runId);
  const read = readRun(home, runId, { keep_content: json });
  if (!read.ok) return fail(io, "clinvk runs show", read.error, EXIT.failed);
  const overview = overviewFrom(runId, read.value.state, holder);
  if (!json) {
    printText(io, await showText(read.value, overview, terminalColumns()));
    return EXIT.ok;
  }
  let code: number = EXIT.ok;
  writeShowJson(read.value, overview, io.stdout, (message) => {
    code = fail(io, "clinvk runs show", message, EXIT.failed);
  });
  io.stderr(damageText(read.value, overview.status === "running"));
  return code;
}

function remove(home: string, ids: readonly string[], force: boolean, io: Io): number {
  const found = ids.map((id) => findRunArgument(home, id));
  const wrong = found.flatMap((run) => (run.ok ? [] : [run.error]));
  for (const error of wrong) fail(io, "clinvk runs rm", error);
  if (wrong.length > 0) return EXIT.invalid;
  let code: number = EXIT.ok;
  for (const runId of new Set(found.flatMap((run) => (run.ok ? [run.value] : [])))) {
    const removed = removeRun(home, runId, { force, force_command: `clinvk runs rm ${runId} --force` });
    if (removed.ok) io.stdout(`removed ${runId}\n`);
    else code = fail(io, "clinvk runs rm", removed.error, EXIT.failed);
  }
  return code;
}

function removeOld(home: string, age: string, io: Io): number {
  const days = parseAge(age);
  if (!days.ok) return fail(io, "--older-than", days.error);
  const { removed, problems } = prune(home, days.value);
  for (const runId of removed) io.stdout(`removed ${runId}\n`);
  for (const problem of problems) fail(io, "clinvk runs prune", problem);
  if (removed.length === 0 && problems.length === 0) io.stderr(`there is no run older than ${age}\n`);
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Uses the configured age; 0 days keeps runs for ever. */
async function removeOutdated(home: string, io: Io): Promise<number> {
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  if (!config.ok) return refuse(io, config.error, "nothing was removed");
  const days = config.value.config.runs?.retention_days ?? RETENTION_DAYS;
  if (days > 0) return removeOld(home, `${days}d`, io);
  io.stderr("runs.retention_days is 0, so runs are kept for ever; --older-than removes them anyway\n");
  return EXIT.ok;
}
