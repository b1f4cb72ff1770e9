// What to tell a person about a process that could not be ended.
import type { Survivor } from "./reap.js";

/** A sentence without its full stop; it fits after an "and". */
export function stillLives({ pid, comm }: Survivor): string {
  return `process ${pid} (${comm}) could not be ended: it belongs to another user, or hangs in the system`;
}
