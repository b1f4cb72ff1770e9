// The lines at the end of a run: what failed and why, what to type next, the usage, and where the results are.
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { costWords, nounOf } from "../../reporters/text/number-text.js";
import { table } from "../../reporters/text/table.js";
import { nameIn } from "../../reporters/text/visible.js";
import { fitText } from "../../reporters/text/width.js";
import type { TaskRecord } from "../../schema/result.js";
import { type RunState, recordsWithJudge, totals } from "../../summary/summary.js";
import { tokenWords } from "./prompt-text.js";
import { needsRetry, resumeHint } from "./resume-hint.js";

export interface EndOfRun {
  /** The run can be resumed and shown again. */
  journal: boolean;
  /** Columns of the terminal that shows it. */
  columns?: number | undefined;
  /** The lines go into a log: a run without failures then gets none. */
  log?: boolean;
  /** Limits of the whole run. */
  budget?: { max_cost_usd?: number; max_total_tokens?: number };
  /** Files of the reports, as they were asked for. */
  reports?: readonly string[];
  /** Absolute path of the directory with the answers. */
  output_dir?: string | undefined;
  cwd?: string;
}

/** At most this many tasks are named per failure kind; the others are only counted. */
const NAMED = 8;

/** Lines for stderr, or for the end of `clinvk runs show`; empty if there is nothing to say. */
export async function endOfRun(state: RunState, options: EndOfRun): Promise<string> {
  const { journal, columns, log = false } = options;
  const failed = failuresByKind(state);
  const hint = resumeHint(state, journal);
  const fitted = (text: string) => (columns === undefined ? text : fitText(text, columns));
  if (failed.size === 0 && log) return fitted(hint);
  const facts = [...nextCommands(state, failed, journal), ...usedFacts(state, options), ...places(state, options)];
  const whole = (cell: string) => cell.startsWith("clinvk ");
  const lines = await table(facts, { columns, wrap_last: true, whole });
  return fitted(`${await failureLines(state, failed, columns)}${hint}${lines.map((line) => `${line}\n`).join("")}`);
}

function failuresByKind(state: RunState): Map<string, TaskRecord[]> {
  const kinds = new Map<string, TaskRecord[]>();
  for (const record of recordsWithJudge(state)) {
    if (record.status !== "FAILED" && record.status !== "TIMEOUT") continue;
    const kind = record.failure?.kind ?? "unknown";
    kinds.set(kind, [...(kinds.get(kind) ?? []), record]);
  }
  return kinds;
}

async function failureLines(
  state: RunState,
  kinds: ReadonlyMap<string, readonly TaskRecord[]>,
  columns: number | undefined,
): Promise<string> {
  if (kinds.size === 0) return "";
  const count = [...kinds.values()].reduce((sum, { length }) => sum + length, 0);
  const rows = [...kinds].map(([kind, all]) => [`  ${kind}`, namesOf(state, all)]);
  const lines = await table(rows, { columns, wrap_last: true });
  return `${count} ${nounOf(state, count)} failed:\n${lines.join("\n")}\n`;
}

function namesOf({ started }: RunState, all: readonly TaskRecord[]): string {
  const names = all
    .slice(0, NAMED)
    .map(({ name, backend }) => (started?.kind === "compare" ? backend : nameIn("line", name)));
  const more = all.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function nextCommands(state: RunState, kinds: ReadonlyMap<string, unknown>, journal: boolean): string[][] {
  const known = [...kinds.keys()].filter((kind) => kind !== "unknown");
  const rows = known.map((kind, i) => [i === 0 ? "Explain:" : "", `clinvk explain ${kind}`]);
  // If resuming alone can't run the rest, the resume hint already has this command.
  if (kinds.size > 0 && journal && !needsRetry(state))
    rows.push(["Try again:", `clinvk runs retry ${state.started?.run_id} --failed`]);
  return rows;
}

function usedFacts(state: RunState, { budget = {} }: EndOfRun): string[][] {
  const asked = recordsWithJudge(state).filter(
    ({ start_time, command }) => start_time !== null && command === undefined,
  );
  if (asked.length === 0) return [];
  const { usage, cost_usd } = totals(state);
  const tokens = usage === null ? "tokens not known" : tokenWords(usage) + unknownFor(asked, "usage");
  const cost = cost_usd === null ? "cost not known" : costWords(cost_usd) + unknownFor(asked, "cost_usd");
  const used = usage === null && cost_usd === null ? "tokens and cost not known" : `${tokens}, ${cost}`;
  const rows = [["Used:", state.started?.offline ? `${tokens}; offline model, no cost` : used]];
  const { max_cost_usd, max_total_tokens } = budget;
  // The offline model costs nothing, whatever its tokens would cost.
  if (max_cost_usd !== undefined && !state.started?.offline)
    rows.push(["Budget:", `${costWords(cost_usd ?? 0)} of ${costWords(max_cost_usd)}`]);
  const total = (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
  const count = (value: number) => value.toLocaleString("en-US");
  if (max_total_tokens !== undefined) rows.push(["Budget:", `${count(total)} of ${count(max_total_tokens)} tokens`]);
  return rows;
}

/** The backends whose numbers are missing from a sum. */
function unknownFor(all: readonly TaskRecord[], field: "usage" | "cost_usd"): string {
  const backends = new Set(all.filter((record) => record[field] === null).map(({ backend }) => backend));
  return backends.size === 0 ? "" : ` (not known for ${[...backends].join(", ")})`;
}

function places({ started }: RunState, { reports = [], output_dir, cwd = "/" }: EndOfRun): string[][] {
  const rows = reports.map((file, i) => [i === 0 ? (reports.length === 1 ? "Report:" : "Reports:") : "", file]);
  if (output_dir === undefined) return rows;
  const old = filesBefore(output_dir, Date.parse(started?.time ?? ""));
  const others =
    old === 0 ? "" : ` (${old} ${old === 1 ? "file" : "files"} there ${old === 1 ? "is" : "are"} older than this run)`;
  rows.push(["Answers:", `${shortPath(output_dir, cwd)}/${others}`]);
  return rows;
}

/** How many files of a directory were written before a moment: answers of earlier runs, which nobody removes. */
function filesBefore(dir: string, moment: number): number {
  try {
    const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.filter(({ name }) => statSync(join(dir, name)).mtimeMs < moment).length;
  } catch {
    // The directory, or a file in it, is gone: there is nothing to say about it.
    return 0;
  }
}

/** Relative to the current directory if that is below it. */
function shortPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}
