// One answer as people read it: a heading, the text wherever it is kept, and why it is not whole if it is not.
import type { TaskRecord } from "../schema/result.js";
import { failureLines, pieces } from "./content.js";
import { coalesce } from "./sink.js";
import type { Paint } from "./text/paint.js";

export interface BlockOptions {
  write(text: string): void;
  /** An answer's file can't be read; its block says so too. */
  onSinkError(message: string): void;
  /** Makes text harmless where it is shown. */
  safe(text: string): string;
  paint: Paint;
}

/** Writes it, with an empty line at its end. */
export function writeBlock(
  heading: string,
  record: TaskRecord,
  { write, onSinkError, safe, paint }: BlockOptions,
): void {
  const out = coalesce(write);
  out.write(heading);
  let endsLine = true;
  for (const text of pieces(record, onSinkError)) {
    out.write(safe(text));
    endsLine = text.endsWith("\n");
  }
  if (!endsLine) out.write("\n");
  out.write(`${safe(failureLines(record)).replace(record.status, paint)}\n`);
  out.flush();
}
