// Whether processes live, for tests that end them.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A zombie is dead: nobody has collected it yet. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^Z|^X/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Waits for a condition that is sure to come; fails after a minute, or what is given: the machine may be busy. */
export async function until(condition: () => boolean, limit_ms = 60_000): Promise<void> {
  const deadline = Date.now() + limit_ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not so: ${condition.toString()}`);
    await delay(10);
  }
}
