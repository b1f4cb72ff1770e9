// Provides this machine's table of processes. The whole program shares one, which owns the buffer and the spare descriptor.
import { existsSync } from "node:fs";
import { ProcTable } from "./proc.js";
import { PsTable } from "./ps.js";
import type { ProcessTable } from "./table.js";

let table: ProcessTable | undefined;

/** Uses /proc on Linux, and `ps` elsewhere. */
export function processTable(): ProcessTable {
  table ??= existsSync("/proc/self/stat") ? new ProcTable() : new PsTable();
  return table;
}
