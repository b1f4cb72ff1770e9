// A program of its own, started by the watchdog after the death of the one who had started a run: ends all that is left of the run.
// usage: node reaper.js RUN OLDEST [PID:START]...
import { processListing } from "./process-listing.js";
import { Reaper } from "./reap.js";
import { Scanner } from "./tree.js";

async function main(run: string | undefined, oldest: string | undefined, ids: string[]): Promise<void> {
  // A run without a name would match every environment that holds ":.".
  if (run === undefined || run === "" || oldest === undefined)
    throw new Error("usage: reaper RUN OLDEST [PID:START]...");
  const scanner = new Scanner(processListing(), run, Number(oldest));
  for (const id of ids) {
    const [pid, start] = id.split(":").map(Number);
    if (pid !== undefined && start !== undefined) scanner.adopt(scanner.strays, { pid, start });
  }
  await new Reaper(scanner, true).reap(scanner.strays);
}

void main(process.argv[2], process.argv[3], process.argv.slice(4));
