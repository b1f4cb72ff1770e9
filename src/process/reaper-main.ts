// A separate program that the watchdog starts when a run's process has died: it kills the rest of the run.
// usage: node reaper.js RUN OLDEST [PID:START]...
import { reapRun } from "./reap.js";
import type { ProcessId } from "./signal.js";

async function main(marker: string | undefined, oldest: string | undefined, ids: string[]): Promise<void> {
  // An empty name would match every environment that holds ":.".
  if (marker === undefined || marker === "" || oldest === undefined)
    throw new Error("usage: reaper RUN OLDEST [PID:START]...");
  await reapRun({ marker, oldest: Number(oldest), known: ids.flatMap(parseId) });
}

function parseId(text: string): ProcessId[] {
  const [pid, start] = text.split(":").map(Number);
  return pid !== undefined && start !== undefined ? [{ pid, start }] : [];
}

void main(process.argv[2], process.argv[3], process.argv.slice(4));
