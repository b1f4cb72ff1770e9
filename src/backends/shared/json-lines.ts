// Parses output with one JSON record per line, as all three CLIs print it.

import { type Json, parseObject, textAt } from "../../util/json.js";
import type { Progress } from "./backend.js";
import { oneLine } from "./one-line.js";

export class JsonLines {
  /** Records so far. */
  count = 0;
  /** The last line that was no record, cut to 2,000 characters. */
  stray: string | undefined;

  /** Passes a record to `take`. Any other line becomes a note; an empty line is ignored. */
  read(line: string, take: (type: string, record: Json) => Progress[]): Progress[] {
    if (line.trim() === "") return [];
    const record = parseObject(line);
    const type = textAt(record, "type");
    if (record === undefined || type === undefined) {
      this.stray = line.slice(0, 2000);
      return [{ type: "note", text: oneLine(line) }];
    }
    this.count += 1;
    return take(type, record);
  }
}
