// Chooses the way to look at this machine's processes.
import { existsSync } from "node:fs";
import type { ProcessListing } from "./listing.js";
import { ProcListing } from "./proc.js";
import { PsListing } from "./ps.js";

/** Linux has /proc; elsewhere there is `ps`. */
export function processListing(): ProcessListing {
  return existsSync("/proc/self/stat") ? new ProcListing() : new PsListing();
}
