// Parses output with one JSON record per line, as all three CLIs print it.

import { type Json, parseObject, textAt } from "../../util/json.js";
import type { Progress } from "./backend.js";
import { oneLine } from "./one-line.js";

/** After so many lines that are no records, such lines are no notes any more. */
const MANY_STRAYS = 2000;

export class JsonLines {
  /** Records so far. */
  count = 0;
  /** The last line that was no record, cut to 2,000 characters. */
  stray: string | undefined;
  #strays = 0;

  /** Passes a record to `take`. Any other line becomes a note; an empty line is ignored. */
  read(line: string, take: (type: string, record: Json) => Progress[]): Progress[] {
    // A CLI that floods prints millions of lines: for most of them this is all that is done.
    if (this.#strays > MANY_STRAYS && !line.startsWith("{")) {
      this.stray = line.slice(0, 2000);
      return [];
    }
    if (line.trim() === "") return [];
    const record = parseObject(line);
    const type = textAt(record, "type");
    if (record === undefined || type === undefined) {
      this.#strays += 1;
      this.stray = line.slice(0, 2000);
      return [{ type: "note", text: oneLine(line) }];
    }
    this.count += 1;
    return take(type, record);
  }
}
