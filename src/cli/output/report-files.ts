// The reports for other tools: `--report junit=FILE`, `--report html=FILE`, `--report github`.
import { resolve } from "node:path";
import type { Diagnostic } from "../../document/diagnostics.js";
import type { Plan } from "../../plan/plan.js";
import type { Redactor } from "../../redact/redact.js";
import { checkStepSummary, githubReporter } from "../../reporters/github/github.js";
import { htmlReporter } from "../../reporters/html/html.js";
import { junitReporter } from "../../reporters/junit.js";
import { checkPlace } from "../../reporters/place.js";
import type { Reporter } from "../../reporters/reporter.js";
import { allTasks } from "../../summary/summary.js";
import { nearest } from "../../util/nearest.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import type { Io } from "../io.js";
import { fileOfReport, identity } from "./output-files.js";

/** Set when the command line is bundled. */
declare const __CLINVK_VERSION__: string;

const KINDS = ["junit", "html", "github"] as const;
type Kind = (typeof KINDS)[number];

export interface OtherReportsRequest {
  /** The values of `--report`, as given. */
  values: readonly string[];
  /** The run has a journal. */
  recorded: boolean;
  /** What each task was asked, by its id; secrets are masked already. */
  prompts?: ReadonlyMap<string, string>;
  /** Writes GitHub workflow commands. */
  command(line: string): void;
  /** Called if a report can't be written completely. */
  onProblem(message: string): void;
}

/** What the tasks of a plan are asked, piped context left out. */
export function promptsOf(plan: Plan, secrets: Redactor): ReadonlyMap<string, string> {
  return new Map(allTasks(plan).map(({ id, prompt }) => [id, secrets.redact(prompt)]));
}

/** Makes the reporters; the error names the first report that can't be made, before anything is run. */
export function otherReports(request: OtherReportsRequest, io: Io): Result<Reporter[], Diagnostic> {
  const reporters: Reporter[] = [];
  const places = new Set<string>();
  for (const value of request.values) {
    const made = reporterFor(value, request, places, io);
    if (!made.ok) return err({ source: "--report", message: made.error });
    reporters.push(made.value);
  }
  return ok(reporters);
}

function reporterFor(
  value: string,
  { recorded, prompts, command, onProblem }: OtherReportsRequest,
  places: Set<string>,
  io: Io,
): Result<Reporter, string> {
  const parsed = parse(value);
  if (!parsed.ok) return parsed;
  const { kind, file } = parsed.value;
  const path = file === undefined ? undefined : resolve(io.cwd, file);
  const place = (path && identity(path)) ?? kind;
  if (places.has(place)) return err(`${value}: two reports of one run would be written to the same place`);
  places.add(place);
  if (path === undefined) {
    const summary = checkStepSummary(io.env);
    return summary.ok ? ok(githubReporter({ summary_path: summary.value, command, onSinkError: onProblem })) : summary;
  }
  const writable = checkPlace(path);
  if (!writable.ok) return writable;
  const options = { path, version: __CLINVK_VERSION__, onSinkError: onProblem };
  return ok(
    kind === "junit" ? junitReporter(options) : htmlReporter({ ...options, recorded, ...omitUndefined({ prompts }) }),
  );
}

function parse(value: string): Result<{ kind: Kind; file?: string }, string> {
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  const file = fileOfReport(value);
  const kind = KINDS.find((one) => one === name);
  if (kind === undefined) {
    const meant = nearest(name, KINDS);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    return err(`there is no report "${name}"${hint} (there are junit=FILE, html=FILE and github)`);
  }
  if (kind === "github") return file === undefined ? ok({ kind }) : err(`github takes no file, got "${value}"`);
  return file === undefined || file === "" ? err(`${kind} needs a file: --report ${kind}=FILE`) : ok({ kind, file });
}
