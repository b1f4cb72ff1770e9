// Ends what is left of a run whose own process is dead.

import { processListing } from "./process-listing.js";
import type { Survivor } from "./reap.js";
import { Reaper } from "./reap.js";
import type { ProcessId } from "./signal.js";
import { Scanner } from "./tree.js";

export interface DeadRun {
  /** `ProcessRun.marker`. */
  marker: string;
  /** A start time that nothing of the run precedes, of this boot of the machine. */
  oldest: number;
  /** Processes that are known to be of the run, whether or not they carry its marker. */
  known?: readonly ProcessId[];
}

/** Kills all that carries the run's marker or descends from what does. Resolves when it is quiet; never rejects. */
export async function reapRun({ marker, oldest, known = [] }: DeadRun): Promise<Survivor[]> {
  const scanner = new Scanner(processListing(), marker, oldest);
  for (const id of known) scanner.adopt(scanner.strays, id);
  return (await new Reaper(scanner, true).reap(scanner.strays)).survivors;
}
