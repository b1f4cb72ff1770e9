// Names of runs and sessions: sortable by time, short enough to type the end of.
import { randomHex } from "./random.js";

/** E.g. `20261123-174512-3f9a1c`, in UTC. */
export function newRunId(now: Date = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${stamp}-${randomHex(3)}`;
}
