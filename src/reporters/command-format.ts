// The differences between the commands' text reports: the heading above an answer, and the table at the end.
// The header, the rules, the columns and the last line are those of the user guide.
import type { RunEvent, RunKind } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { counts, type RunState, records } from "../summary/summary.js";
import { cut } from "../util/cut.js";
import { failureWords } from "./text/failure-text.js";
import type { Paint } from "./text/paint.js";
import { RULE, type TableOptions, tableLines } from "./text/table.js";
import { nameIn, oneLine } from "./text/visible.js";
import { widthFor } from "./text/width.js";

export interface SummaryOptions {
  paint: Paint;
  /** Width of the terminal; without one nothing but a very long name is cut. */
  columns?: number | undefined;
}

export interface CommandFormat {
  /** Before everything else. */
  header(started: Extract<RunEvent, { type: "run_started" }>): string;
  /** Above an answer. */
  heading(record: TaskRecord, total: number): string;
  /** From the first rule to the last line. */
  summary(state: RunState, options: SummaryOptions): Promise<string>;
}

const WIDE_RULE = `${"=".repeat(44)}\n`;
const THIN_RULE = `${"-".repeat(44)}\n`;

const plural = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;
const plainHeading = ({ backend, name }: TaskRecord): string => `[${backend}] ${nameIn("heading", name)}\n`;

const parallel: CommandFormat = {
  header: ({ total_tasks, max_parallel }) =>
    `Executing ${plural(total_tasks, "task")} with max ${max_parallel} parallel ${max_parallel === 1 ? "worker" : "workers"}\n${RULE}\n`,
  heading: plainHeading,
  async summary(state, options) {
    const rows = records(state).map((one) => [one.name, one.backend, one.status, time(one), outputWords(one)]);
    const table = await summaryTable(["TASK", "BACKEND", "STATUS", "DURATION", "OUTPUT"], rows, options, {
      longest: 40,
      least: [20, 12, 9, 11],
      shrink: [
        { column: 4, to: 28 },
        { column: 0, to: 20 },
        { column: 1, to: 0 },
        { column: 0, to: 12 },
      ],
    });
    const { completed, total } = counts(state);
    const sum = `Total: ${completed}/${total} tasks completed (${seconds(state)})\n`;
    return `${RULE}PARALLEL EXECUTION SUMMARY\n${RULE}${table}${"-".repeat(40)}\n${sum}`;
  },
};

const chain: CommandFormat = {
  header: ({ total_tasks }) => `Executing chain with ${plural(total_tasks, "step")}\n${WIDE_RULE}\n`,
  heading: ({ index, name, backend }, total) =>
    `[${index + 1}/${total}] ${nameIn("heading", name)} (${backend})\n${THIN_RULE}`,
  async summary(state, options) {
    const rows = records(state).map((one) => [String(one.index + 1), one.backend, one.status, time(one), one.name]);
    const table = await summaryTable(["STEP", "BACKEND", "STATUS", "DURATION", "NAME"], rows, options, {
      longest: 60,
      least: [6, 12, 9, 11],
      shrink: [
        { column: 4, to: 20 },
        { column: 1, to: 0 },
      ],
    });
    const { completed, total } = counts(state);
    const sum = `Total: ${completed}/${total} steps completed (${seconds(state)})\n`;
    return `${WIDE_RULE}CHAIN EXECUTION SUMMARY\n${WIDE_RULE}${table}${THIN_RULE}${sum}`;
  },
};

const compare: CommandFormat = {
  header: ({ tasks, max_parallel }) => {
    const how = max_parallel === 1 && tasks.length > 1 ? ", one after another" : "";
    return `Comparing ${plural(tasks.length, "backend")}${how}: ${tasks.map(({ backend }) => backend).join(", ")}\n${WIDE_RULE}\n`;
  },
  heading: ({ backend }) => `[${backend}]\n`,
  async summary(state, options) {
    const rows = records(state).map((one) => [one.backend, one.status, time(one), one.model ?? "-"]);
    const table = await summaryTable(["BACKEND", "STATUS", "DURATION", "MODEL"], rows, options, {
      longest: 60,
      least: [12, 9, 11],
    });
    return `${WIDE_RULE}COMPARISON SUMMARY\n${WIDE_RULE}${table}${THIN_RULE}Total time: ${seconds(state)}\n`;
  },
};

/** By the command that a run belongs to. */
export const COMMAND_FORMATS: Readonly<Record<RunKind, CommandFormat>> = { parallel, chain, compare, prompt: parallel };

function outputWords(record: TaskRecord): string {
  if (record.status === "OK" && record.command !== undefined) return "Dry run";
  if (record.status === "OK") return `Complete${record.fallback_from ? `, instead of ${record.fallback_from}` : ""}`;
  return record.failure === undefined ? "Failed" : failureWords(record.failure);
}

function time({ start_time, status, duration_seconds }: TaskRecord): string {
  return start_time === null && status !== "OK" ? "-" : `${duration_seconds.toFixed(2)}s`;
}

function seconds({ finished }: RunState): string {
  return `${(finished?.total_duration_seconds ?? 0).toFixed(2)}s`;
}

/** Columns one blank apart, the status painted, names and models cut. */
async function summaryTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { paint, columns }: SummaryOptions,
  { longest, ...layout }: Pick<TableOptions, "least" | "shrink"> & { longest: number },
): Promise<string> {
  const width = await widthFor(rows.flat());
  const long = new Set(["TASK", "NAME", "MODEL"].map((title) => heading.indexOf(title)));
  const cells = rows.map((row) =>
    row.map((cell, column) => (long.has(column) ? cut(oneLine(cell), longest, width) : oneLine(cell))),
  );
  const status = { column: heading.indexOf("STATUS"), paint };
  const lines = tableLines([heading, ...cells], width, { gap: 1, columns, paint: status, ...layout });
  return lines.map((line) => `${line}\n`).join("");
}
