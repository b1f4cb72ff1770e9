// Reads what a CLI has written into the report files of its invocation, for the parser; the scratch they lie in is removed.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** How much of the end of a report is read. */
const MAX_REPORT_BYTES = 1024 * 1024;
/** What an agent has put in the place of its CLI's file is not waited for, as a FIFO would be, and a link is not followed. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

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
  const fd = openSync(path, OPEN_FLAGS);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(`${path} is no file`);
    const { size } = stat;
    const end = Buffer.alloc(Math.min(size, MAX_REPORT_BYTES));
    const read = readSync(fd, end, 0, end.length, size - end.length);
    return end.toString("utf8", 0, read);
  } finally {
    closeSync(fd);
  }
}
