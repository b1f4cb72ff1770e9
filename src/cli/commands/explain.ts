// `clinvk explain`: what a kind of failure means and what to do, and what failed in a recorded run.
import { clinvkHome } from "../../config/home.js";
import { FAILURE_KINDS, type FailureKind } from "../../schema/failure.js";
import { explain, explainAll, KIND_INFO } from "../../schema/failure-kinds/kinds.js";
import { readRun } from "../../store/read-run.js";
import { overviewOf } from "../../store/runs.js";
import { allTasks, recordsWithJudge } from "../../summary/summary.js";
import { nearest } from "../../util/nearest.js";
import { shellQuote } from "../../util/shell-quote.js";
import { printText } from "../ci-log.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { type FailedTask, listText, pageText, runFailuresText } from "../output/explain-text.js";
import { needsRetry } from "../output/resume-hint.js";
import { fail } from "../refuse.js";
import { findRunArgument, findTasksOfRun } from "../run-argument.js";

const HELP = `
Without WHAT all kinds are listed.

Examples:
  clinvk explain last                what failed in the newest run, and what to do
  clinvk explain 3f9a1c task-2
  clinvk explain quota_exhausted
  clinvk explain "Not logged in"`;

const COMMAND = "clinvk explain";

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("explain", io)
    .description("Explain a kind of failure, or what failed in a run.")
    .argument("[what]", "a kind of failure, such as `quota_exhausted` or its words; or a run: its id, or `last`")
    .argument("[task]", "only this task of the run: its id or name")
    .allowExcessArguments()
    .option("--json", "print JSON")
    .addHelpText("after", HELP);
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  const [what, task] = command.processedArgs;
  const json = command.opts().json === true;
  if (command.args.length > 2) return fail(io, COMMAND, inQuotes(command.args));
  if (what === undefined) {
    io.stdout(json ? `${JSON.stringify({ failures: explainAll() }, null, 2)}\n` : await listText());
    return EXIT.ok;
  }
  const kinds = task === undefined ? kindsOf(what) : [];
  const [kind, ...others] = kinds;
  if (kind !== undefined && others.length === 0) {
    io.stdout(json ? `${JSON.stringify(explain(kind), null, 2)}\n` : pageText(explain(kind)));
    return EXIT.ok;
  }
  const home = clinvkHome(io.env);
  const found = findRunArgument(home, what);
  if (found.ok) return explainRun({ home, run_id: found.value, task, json }, io);
  if (task !== undefined && !isRunLike(what)) return fail(io, COMMAND, inQuotes([what, task]));
  if (isRunLike(what)) return fail(io, COMMAND, found.error);
  if (others.length > 0) return fail(io, COMMAND, `"${what}" may be ${kinds.join(", ")}`);
  const near = nearest(what, FAILURE_KINDS);
  const hint = near === undefined ? "" : ` — did you mean "${near}"?`;
  return fail(io, COMMAND, `there is no failure kind "${what}"${hint}\n\`clinvk explain\` lists all kinds`);
}

function isRunLike(what: string): boolean {
  return what === "last" || /^[\d-]{6,}|^[\da-f]{6}$/.test(what);
}

/** Several words may be a kind's words, or a prompt for a model. */
function inQuotes(words: readonly string[]): string {
  const text = words.join(" ");
  const kind = `clinvk explain ${shellQuote([text])}`;
  const prompt = shellQuote(["clinvk", `explain ${text}`]);
  return `"${text}" is neither a run nor a run and its task\na prompt goes in quotes: \`${prompt}\`; so do a failure's words: \`${kind}\``;
}

/** The kind with that name, else the kinds with that label or text, such as `Not logged in (401)`. */
function kindsOf(what: string): FailureKind[] {
  const name = what.toLowerCase().replaceAll("-", "_");
  const named = FAILURE_KINDS.find((kind) => kind === name);
  if (named !== undefined) return [named];
  const words = what
    .toLowerCase()
    .replace(/\s*\(\d+\)|[:.].*$/g, "")
    .trim();
  // A shorter text would match too many kinds.
  if (words.length < 4) return [];
  const calls = (kind: FailureKind, exactly: boolean) => {
    const { label, lead } = KIND_INFO[kind];
    return [label, lead].some((text) => (exactly ? text.toLowerCase() === words : text.toLowerCase().includes(words)));
  };
  const exact = FAILURE_KINDS.filter((kind) => calls(kind, true));
  return exact.length > 0 ? exact : FAILURE_KINDS.filter((kind) => calls(kind, false));
}

interface RunRequest {
  home: string;
  run_id: string;
  task: string | undefined;
  json: boolean;
}

function explainRun({ home, run_id, task, json }: RunRequest, io: Io): number {
  // Before the journal is read: a run that ends meanwhile is then shown as complete.
  const before = overviewOf(home, run_id);
  const read = readRun(home, run_id);
  if (!read.ok) return fail(io, COMMAND, read.error, EXIT.failed);
  const { started } = read.value.state;
  if (started === undefined) return fail(io, COMMAND, `nothing is recorded of the run ${run_id}`, EXIT.failed);
  const tasks = allTasks(started);
  const named = task === undefined ? undefined : findTasksOfRun([task], tasks);
  if (named?.ok === false) return fail(io, COMMAND, named.error);
  const isChosen = (one: { task_id: string }) => named?.value.has(one.task_id) ?? true;
  const chosen = recordsWithJudge(read.value.state).filter(isChosen);
  const failed = chosen.flatMap((record): FailedTask[] =>
    record.failure === undefined ? [] : [{ record, failure: record.failure }],
  );
  // A task that was stopped because another one failed explains nothing.
  const causes = failed.filter(({ failure }) => failure.kind !== "canceled");
  const shown = causes.length > 0 ? causes : failed;
  if (json) io.stdout(`${JSON.stringify({ run_id, failures: shown.map(asJson) }, null, 2)}\n`);
  else {
    const done = new Set(chosen.filter(({ status }) => status !== "CANCELED").map(({ task_id }) => task_id));
    const left = tasks.filter((one) => isChosen(one) && !done.has(one.task_id)).length;
    // If the rest needs the answer of a failed task, only the hint to run that again helps.
    const stuck = needsRetry(read.value.state);
    const { kind } = started;
    const what = {
      run_id,
      kind,
      failed: shown,
      total: tasks.length,
      left: stuck ? 0 : left,
      running: before.status === "running",
    };
    printText(io, runFailuresText({ ...what, ...(task === undefined ? {} : { task }) }));
  }
  return EXIT.ok;
}

function asJson({ record, failure }: FailedTask): object {
  const { task_id, name, backend, status } = record;
  return { task_id, name, backend, status, failure, explanation: explain(failure.kind) };
}
