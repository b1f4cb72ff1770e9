// A program of its own, started by the watchdog after the death of the one who had started a run: ends all that is left of the run.
// usage: node reaper.js RUN OLDEST [PID:START]...
import { reapRun } from "./reap.js";
import type { ProcessId } from "./signal.js";

async function main(marker: string | undefined, oldest: string | undefined, ids: string[]): Promise<void> {
  // A run without a name would match every environment that holds ":.".
  if (marker === undefined || marker === "" || oldest === undefined)
    throw new Error("usage: reaper RUN OLDEST [PID:START]...");
  await reapRun({ marker, oldest: Number(oldest), known: ids.flatMap(parseId) });
}

function parseId(text: string): ProcessId[] {
  const [pid, start] = text.split(":").map(Number);
  return pid !== undefined && start !== undefined ? [{ pid, start }] : [];
}

void main(process.argv[2], process.argv[3], process.argv.slice(4));
