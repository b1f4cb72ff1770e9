// Every table that people read: columns as wide as their content needs, and on a terminal no line wider than it is.
import { cut } from "../../util/cut.js";
import type { Paint } from "./paint.js";
import { type Width, widthFor, wrap } from "./width.js";

/** The line above and below a heading of the user guide. */
export const RULE = `${"=".repeat(40)}\n`;

export interface TableOptions {
  /**
   * Widths that the first columns have at least, the blanks after them included. Content that fills one exactly moves
   * the rest of its own line only, as in the user guide.
   */
  least?: readonly number[];
  /** Blanks between columns: 2 unless told. */
  gap?: number;
  /** Width of the terminal; without one nothing is cut. */
  columns?: number | undefined;
  /**
   * What gives way on a terminal that is too narrow, in this order: a column is cut to `to` columns, or left out if that
   * is 0. Blanks beyond the gap give way before anything is cut.
   */
  shrink?: readonly { column: number; to: number }[];
  /** The last column is broken into lines instead of cut. */
  wrap_last?: boolean;
  /** Cells of the last column that stay whole although they don't fit, such as commands. */
  whole?: (cell: string) => boolean;
  /** Colours a column. */
  paint?: { column: number; paint: Paint };
}

type Rows = readonly (readonly string[])[];

/** The lines of a table, without line ends and without blanks at their ends. The first row is the heading. */
export async function table(rows: Rows, options: TableOptions = {}): Promise<string[]> {
  return tableLines(rows, await widthFor(rows.flat()), options);
}

/** The same for texts whose widths are known. Cells hold neither line ends nor control characters. */
export function tableLines(rows: Rows, width: Width, options: TableOptions = {}): string[] {
  const layout = layOut(rows, width, options);
  return rows.flatMap((cells) => rowLines(cells, layout, width, options));
}

interface Layout {
  /** How wide each column is at most; 0 = left out. */
  widths: readonly number[];
  /** Where each column begins. */
  stops: readonly number[];
}

function rowLines(
  cells: readonly string[],
  { widths, stops }: Layout,
  width: Width,
  { columns = Number.POSITIVE_INFINITY, wrap_last = false, whole = () => false, paint }: TableOptions,
): string[] {
  const shown = [...widths.keys()].filter((column) => widths[column] !== 0);
  let line = "";
  let at = 0;
  for (const column of shown) {
    const begin = column === shown[0] ? 0 : Math.max(at + 1, stops[column] ?? 0);
    const room = columns - begin;
    if (room < 1) break;
    const isLast = column === shown.at(-1);
    // The last one may take what the others leave.
    const most = isLast ? room : Math.min(widths[column] ?? 0, room);
    const [cell = "", ...more] =
      isLast && wrap_last
        ? whole(cells[column] ?? "")
          ? [cells[column] ?? ""]
          : wrap(cells[column] ?? "", { columns: most, width })
        : [cut(cells[column] ?? "", most, width)];
    line += " ".repeat(begin - at) + (column === paint?.column ? paint.paint(cell) : cell);
    at = begin + width(cell);
    if (isLast) return [line.trimEnd(), ...more.map((text) => " ".repeat(begin) + text)];
  }
  return [line.trimEnd()];
}

/** So much of a column that is broken into lines is worth more than blanks between the others. */
const LEAST_WRAPPED = 30;

/** How wide the columns are (0 = left out), and where they begin. */
function layOut(rows: Rows, width: Width, options: TableOptions): Layout {
  const { columns = Number.POSITIVE_INFINITY, gap = 2, shrink = [], wrap_last = false } = options;
  let { least = [] } = options;
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    rows.reduce((most, row) => Math.max(most, width(row[column] ?? "")), 0),
  );
  const stops = (): number[] => {
    let stop = 0;
    return widths.map((own, column) => {
      const begin = stop;
      const fits = own <= (least[column] ?? 0);
      if (own > 0) stop += fits ? (least[column] ?? 0) : own + gap;
      return begin;
    });
  };
  const excess = (): number => {
    const last = widths.at(-1) ?? 0;
    return (stops().at(-1) ?? 0) + (wrap_last ? Math.min(last, LEAST_WRAPPED) : last) - columns;
  };
  if (excess() > 0) least = [];
  for (const { column, to } of shrink) {
    const over = excess();
    const own = widths[column] ?? 0;
    if (over <= 0) break;
    if (own > to) widths[column] = to === 0 ? 0 : Math.max(to, own - over);
  }
  return { widths, stops: stops() };
}
