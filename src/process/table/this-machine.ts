// This machine's table of processes: one for the whole program, which owns the memory and the descriptor that reading takes.
import { existsSync } from "node:fs";
import { ProcTable } from "./proc.js";
import { PsTable } from "./ps.js";
import type { ProcessTable } from "./table.js";

let table: ProcessTable | undefined;

/** Linux has /proc; elsewhere there is `ps`. */
export function processTable(): ProcessTable {
  table ??= existsSync("/proc/self/stat") ? new ProcTable() : new PsTable();
  return table;
}
