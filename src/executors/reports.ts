// Reads what a CLI has written into the report files of its invocation, for the parser; the scratch they lie in is removed.
import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { openRegular } from "../util/regular-file.js";

/** How much of the end of a report is read. */
const MAX_REPORT_BYTES = 1024 * 1024;

/** The end of each file by its name; a file that is missing or unreadable is left out. */
export function readReports(reports: Readonly<Record<string, string>>): Record<string, string> {
  const ends: Record<string, string> = {};
  for (const [name, path] of Object.entries(reports)) {
    try {
      ends[name] = endOf(path);
    } catch {
      // The CLI writes a report only when it has something to tell.
    }
  }
  return ends;
}

function endOf(path: string): string {
  const fd = openRegular(path, constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(size, MAX_REPORT_BYTES));
    const read = readSync(fd, end, 0, end.length, size - end.length);
    return end.toString("utf8", 0, read);
  } finally {
    closeSync(fd);
  }
}
