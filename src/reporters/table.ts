// The summary table at the end of the text report.
import type { Status, TaskRecord } from "../schema/result.js";
import { counts, type RunState, records } from "../summary/summary.js";
import { failureWords } from "./text/failure-text.js";
import type { Paint } from "./text/paint.js";
import { oneLine } from "./text/visible.js";
import { cut, type Width, widthFor } from "./text/width.js";

export const RULE = `${"=".repeat(40)}\n`;

const HEADER = ["TASK", "BACKEND", "STATUS", "DURATION", "OUTPUT"] as const;
const LONGEST_NAME = 40;
/** OUTPUT keeps this much even where the other columns leave less of the line. */
const SHORTEST_OUTPUT = 40;
/** Width of a line where nobody says. */
const USUAL_COLUMNS = 80;

export interface TableOptions {
  paint: Paint;
  /** Width of the terminal; 80 if unknown. */
  columns?: number | undefined;
}

interface Row {
  cells: [name: string, backend: string, status: Status, duration: string, output: string];
}

/** The whole summary of a finished run, from the first rule to the `Total:` line. */
export async function summaryTable(state: RunState, { paint, columns = USUAL_COLUMNS }: TableOptions): Promise<string> {
  const rows = records(state).map(rowOf);
  const width = await widthFor(rows.flatMap((row) => row.cells));
  for (const { cells } of rows) cells[0] = cut(cells[0], LONGEST_NAME, width);
  const stops = tabStops(rows, width);
  const room = Math.max(SHORTEST_OUTPUT, columns - (stops[3] ?? 0));

  let text = `${RULE}PARALLEL EXECUTION SUMMARY\n${RULE}${line(HEADER, stops, width)}`;
  for (const { cells } of rows) {
    cells[4] = cut(cells[4], room, width);
    text += line(cells, stops, width, { column: 2, paint });
  }
  const { completed, total } = counts(state);
  const seconds = state.finished?.total_duration_seconds ?? 0;
  return `${text}${"-".repeat(40)}\nTotal: ${completed}/${total} tasks completed (${seconds.toFixed(2)}s)\n`;
}

function rowOf(record: TaskRecord): Row {
  const never = record.start_time === null && record.status !== "OK";
  return {
    cells: [
      oneLine(record.name),
      oneLine(record.backend),
      record.status,
      never ? "-" : `${record.duration_seconds.toFixed(2)}s`,
      oneLine(outputWords(record)),
    ],
  };
}

function outputWords(record: TaskRecord): string {
  if (record.status === "OK" && record.command !== undefined) return "Dry run";
  if (record.status === "OK") return `Complete${record.fallback_from ? `, instead of ${record.fallback_from}` : ""}`;
  return record.failure === undefined ? "Failed" : failureWords(record.failure);
}

/** Where columns 2 to 5 begin: as in the user guide, further right only if their content needs it. */
function tabStops(rows: readonly Row[], width: Width): number[] {
  const longest = (column: 0 | 1 | 2 | 3): number =>
    rows.reduce((most, { cells }) => Math.max(most, width(cells[column])), 0);
  const name = longest(0);
  // A name of exactly 20 columns takes the space that separates it from its neighbour's.
  const first = name <= 20 ? 20 : name + 1;
  const second = first + Math.max(12, longest(1) + 1);
  const third = second + Math.max(9, longest(2) + 1);
  return [first, second, third, third + Math.max(11, longest(3) + 1)];
}

/** Cells at their stops, or one space after their neighbour where it reaches over the stop. */
export function line(
  cells: readonly string[],
  stops: readonly number[],
  width: Width,
  status?: { column: number; paint: Paint },
): string {
  let text = "";
  let column = 0;
  cells.forEach((cell, i) => {
    if (i > 0) {
      const gap = Math.max(1, (stops[i - 1] ?? 0) - column);
      text += " ".repeat(gap);
      column += gap;
    }
    text += i === status?.column ? status.paint(cell) : cell;
    column += width(cell);
  });
  return `${text}\n`;
}

/** One line per row, columns two spaces apart and as wide as their content; the last is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
