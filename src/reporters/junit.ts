// `--report junit=FILE`: the run as a JUnit test suite, in the form that GitLab, Jenkins and the usual actions read.
// Elements and their order follow the schema of Ant's JUnit task, as Jenkins extends it (properties of a test case).
import { hostname } from "node:os";
import type { FailureKind } from "../schema/failure.js";
import type { RunResult, TaskRecord } from "../schema/result.js";
import { runResult } from "../summary/documents.js";
import { allTasks, type RunState, recordsWithJudge } from "../summary/summary.js";
import { headOf } from "./content.js";
import { voteLines } from "./council.js";
import { type FileReportOptions, fileReport } from "./file-report.js";
import type { Reporter } from "./reporter.js";
import { oneLine, visible } from "./text/visible.js";

/** UTF-16 units of an answer in the report. GitLab takes reports of 30 MB at most. */
const LONGEST_ANSWER = 32 * 1024;

/** The answer came and was not good enough. Everything else that stops a task is an error: it says nothing of the answer. */
const JUDGED: ReadonlySet<FailureKind> = new Set<FailureKind>([
  "check_failed",
  "schema_invalid",
  "output_invalid",
  "refused",
]);

/** Writes one suite with one test case per task. */
export function junitReporter(options: FileReportOptions): Reporter {
  return fileReport(options, { fill: (state, write) => writeSuite(state, write, options) });
}

function writeSuite(state: RunState, write: (text: string) => void, { version, onSinkError }: FileReportOptions): void {
  const result = runResult(state);
  if (result === undefined) return;
  const all = recordsWithJudge(state);
  const outcomes = all.map(outcomeOf);
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const sums = {
    tests: all.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds(result.total_duration_seconds),
    timestamp: timestamp(result.start_time),
  };
  const name = `clinvk ${state.started?.kind ?? "run"}`;
  write('<?xml version="1.0" encoding="UTF-8"?>\n');
  write(`<testsuites${attributes({ name, ...sums })}>\n`);
  write(`  <testsuite${attributes({ name, ...sums, hostname: hostname() })}>\n`);
  write(propertiesOf(suiteFacts(result, state, version), "    "));
  const names = caseNames(state);
  for (const record of all) writeCase(record, names.get(record.task_id) ?? record.task_id, write, onSinkError);
  write("  </testsuite>\n</testsuites>\n");
}

function writeCase(
  record: TaskRecord,
  name: string,
  write: (text: string) => void,
  onSinkError: (message: string) => void,
): void {
  const { backend, duration_seconds } = record;
  write(`    <testcase${attributes({ name, classname: backend, time: seconds(duration_seconds) })}>\n`);
  write(propertiesOf(taskFacts(record), "      "));
  write(outcomeElement(record));
  const { text, whole } = headOf(record, LONGEST_ANSWER, onSinkError);
  const cut = whole ? "" : `\n… cut here: the whole answer has ${sizeOf(record)}\n`;
  if (text !== "") write(`      <system-out>${xml(withoutAttachments(text + cut))}</system-out>\n`);
  write("    </testcase>\n");
}

type Outcome = "passed" | "failure" | "error" | "skipped";

function outcomeOf({ status, failure }: TaskRecord): Outcome {
  switch (status) {
    case "OK":
      return "passed";
    case "FAILED":
    case "TIMEOUT":
      return failure !== undefined && JUDGED.has(failure.kind) ? "failure" : "error";
    case "CANCELED":
    case "WAITING":
      return "skipped";
    default:
      return status satisfies never;
  }
}

function outcomeElement(record: TaskRecord): string {
  const { status, failure } = record;
  const outcome = outcomeOf(record);
  if (outcome === "passed") return "";
  const message = visible(`${status}: ${failure?.message ?? "no reason was given"}`);
  if (outcome === "skipped") return `      <skipped${attributes({ message })}/>\n`;
  const text = [message, ...(failure?.hint === undefined ? [] : [`Hint: ${failure.hint}`])].join("\n");
  const type = failure?.kind ?? status;
  return `      <${outcome}${attributes({ message, type })}>${xml(text)}</${outcome}>\n`;
}

type Facts = Readonly<Record<string, string | number | null | undefined>>;

function suiteFacts({ run_id, usage, cost_usd, vote }: RunResult, state: RunState, version: string): Facts {
  return {
    run_id,
    clinvk_version: version,
    offline: state.started?.offline === true ? "true" : undefined,
    interrupted_by: state.finished?.interrupted_by,
    vote: vote === undefined ? undefined : voteLines(vote).at(-1),
    cost_usd,
    ...usage,
  };
}

function taskFacts(record: TaskRecord): Facts {
  const { task_id, model, attempts, exit_code, fallback_from, tags, cost_usd, usage } = record;
  const tagged = tags.length === 0 ? undefined : tags.join(",");
  return { task_id, model, attempts, exit_code, fallback_from, tags: tagged, cost_usd, ...usage };
}

/** Unknown values are left out; binary fractions of cents are noise in the last digits. */
function propertiesOf(facts: Facts, indent: string): string {
  const known = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  if (known.length === 0) return "";
  const text = (value: unknown) => String(typeof value === "number" ? Number(value.toPrecision(12)) : value);
  const lines = known.map(([name, value]) => `${indent}  <property${attributes({ name, value: text(value) })}/>\n`);
  return `${indent}<properties>\n${lines.join("")}${indent}</properties>\n`;
}

/** By task id. Readers tell test cases by their names, so of two that share one both get their ids. */
function caseNames(state: RunState): Map<string, string> {
  const seen = new Map<string, number>();
  const tasks = (state.started ? allTasks(state.started) : []).map(({ task_id, name }) => ({
    task_id,
    name: oneLine(name),
  }));
  for (const { name } of tasks) seen.set(name, (seen.get(name) ?? 0) + 1);
  return new Map(tasks.map(({ task_id, name }) => [task_id, seen.get(name) === 1 ? name : `${name} (${task_id})`]));
}

/** `[[ATTACHMENT|path]]` makes GitLab and Jenkins publish a file of the workspace: not because an answer says so. */
function withoutAttachments(text: string): string {
  return text.replace(/\[\[(?=\s*ATTACHMENT)/gi, "[ [");
}

function sizeOf({ content, content_file }: TaskRecord): string {
  return `${content_file?.bytes ?? Buffer.byteLength(content)} bytes`;
}

function seconds(value: number): string {
  return value.toFixed(3);
}

/** The schema has room for neither fractions nor a zone: UTC. */
function timestamp(time: string): string {
  return time.replace(/(\.\d+)?Z$/, "");
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value)).replace(/[\n\t]/g, (white) => REFERENCES[white] ?? " ")}"`)
    .join("");
}

/** Characters that XML 1.0 does not allow in any form, lone surrogates included. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A parser would take it for a line end.
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

function xml(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd").replace(/[&<>"\r]/g, (character) => REFERENCES[character] ?? character);
}
