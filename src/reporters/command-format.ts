// How the text reports of the commands differ: what stands above an answer, and the table at the end.
import type { RunEvent, RunKind } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { counts, type RunState, records } from "../summary/summary.js";
import { line, RULE, summaryTable, type TableOptions } from "./table.js";
import { oneLine } from "./text/visible.js";
import { cut, widthFor } from "./text/width.js";

export interface Look {
  /** Before everything else. */
  header(started: Extract<RunEvent, { type: "run_started" }>): string;
  /** Above an answer. */
  heading(record: TaskRecord, total: number): string;
  /** From the first rule to the last line. */
  summary(state: RunState, options: TableOptions): Promise<string>;
}

const WIDE_RULE = `${"=".repeat(44)}\n`;
const THIN_RULE = `${"-".repeat(44)}\n`;
const LONGEST_CELL = 60;

const plural = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;
const plainHeading = ({ backend, name }: TaskRecord): string => `[${backend}] ${oneLine(name)}\n`;

const parallel: Look = {
  header: ({ total_tasks, max_parallel }) =>
    `Executing ${plural(total_tasks, "task")} with max ${max_parallel} parallel ${max_parallel === 1 ? "worker" : "workers"}\n${RULE}\n`,
  heading: plainHeading,
  summary: summaryTable,
};

const chain: Look = {
  header: ({ total_tasks }) => `Executing chain with ${plural(total_tasks, "step")}\n${WIDE_RULE}\n`,
  heading: ({ index, name, backend }, total) => `[${index + 1}/${total}] ${oneLine(name)} (${backend})\n${THIN_RULE}`,
  async summary(state, { paint }) {
    const rows = records(state).map((one) => [String(one.index + 1), one.backend, one.status, time(one), one.name]);
    const table = await rowsText(["STEP", "BACKEND", "STATUS", "DURATION", "NAME"], rows, [6, 12, 9, 11], 2, paint);
    const { completed, total } = counts(state);
    const sum = `Total: ${completed}/${total} steps completed (${seconds(state)})\n`;
    return `${WIDE_RULE}CHAIN EXECUTION SUMMARY\n${WIDE_RULE}${table}${THIN_RULE}${sum}`;
  },
};

const compare: Look = {
  header: ({ tasks, max_parallel }) => {
    const how = max_parallel === 1 && tasks.length > 1 ? ", one after another" : "";
    return `Comparing ${plural(tasks.length, "backend")}${how}: ${tasks.map(({ backend }) => backend).join(", ")}\n${WIDE_RULE}\n`;
  },
  heading: ({ backend }) => `[${backend}]\n`,
  async summary(state, { paint }) {
    const rows = records(state).map((one) => [one.backend, one.status, time(one), one.model ?? "-"]);
    const table = await rowsText(["BACKEND", "STATUS", "DURATION", "MODEL"], rows, [12, 9, 11], 1, paint);
    return `${WIDE_RULE}COMPARISON SUMMARY\n${WIDE_RULE}${table}${THIN_RULE}Total time: ${seconds(state)}\n`;
  },
};

/** By the command that a run belongs to. */
export const LOOKS: Readonly<Record<RunKind, Look>> = { parallel, chain, compare, prompt: parallel };

function time({ start_time, status, duration_seconds }: TaskRecord): string {
  return start_time === null && status !== "OK" ? "-" : `${duration_seconds.toFixed(2)}s`;
}

function seconds({ finished }: RunState): string {
  return `${(finished?.total_duration_seconds ?? 0).toFixed(2)}s`;
}

/** Columns at least so wide, wider where their content needs it; the status is painted. */
async function rowsText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  least: readonly number[],
  status: number,
  paint: TableOptions["paint"],
): Promise<string> {
  const width = await widthFor(rows.flat());
  const cells = rows.map((row) => row.map((cell) => cut(oneLine(cell), LONGEST_CELL, width)));
  let stop = 0;
  const stops = least.map((columns, column) => {
    stop += Math.max(columns, ...cells.map((row) => width(row[column] ?? "") + 1));
    return stop;
  });
  const painted = cells.map((row) => line(row, stops, width, { column: status, paint }));
  return line(header, stops, width) + painted.join("");
}
