// Prints one answer for people: a heading, the text from memory or its file, and the reason if it is incomplete.
import type { TaskRecord } from "../schema/result.js";
import { failureLines, pieces } from "./content.js";
import { coalesce } from "./sink.js";
import type { Paint } from "./text/paint.js";
import { wrap } from "./text/width.js";

export interface BlockOptions {
  write(text: string): void;
  /** An answer's file can't be read; its block says so too. */
  onSinkError(message: string): void;
  /** Makes text safe for the place where it is shown. */
  safe(text: string): string;
  paint: Paint;
  /** Width of the terminal: our own words are broken between words there. */
  columns?: number | undefined;
}

/** Writes it, with an empty line at its end. */
export function writeBlock(
  heading: string,
  record: TaskRecord,
  { write, onSinkError, safe, paint, columns }: BlockOptions,
): void {
  const out = coalesce(write);
  out.write(heading);
  let endsLine = true;
  for (const text of pieces(record, onSinkError)) {
    out.write(safe(text));
    endsLine = text.endsWith("\n");
  }
  if (!endsLine) out.write("\n");
  const why = safe(failureLines(record));
  const lines = columns === undefined ? why : why.replace(/.+/g, (line) => wrap(line, { columns }).join("\n"));
  out.write(`${lines.replace(record.status, paint)}\n`);
  out.flush();
}
