// Cleans up after runs whose process and watchdog were both killed: ends their processes and removes their directories.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isAlive, thisProcess } from "../process/owner.js";
import type { Survivor } from "../process/reap.js";
import { reapRun } from "../process/reap.js";
import { readRegular } from "../util/regular-file.js";
import { SILENT_MS, silentMs } from "../util/sign-of-life.js";
import { OWNER_FILE, removeScratch, type ScratchOwner, scratchRoot } from "./scratch.js";

/** A directory without an owner is just being made, unless it is older than this. */
const UNOWNED_MS = 60 * 60 * 1000;

/**
 * Ends every process of dead runs, then removes their directories. Does not touch living runs; one that can't be seen from
 * here (on another machine, in another container) lives as long as it shows a sign of life every two minutes.
 * Several processes may sweep at once. Resolves to the processes that could not be ended; never rejects.
 */
export async function sweep(clinvkHome: string): Promise<Survivor[]> {
  const survivors = await Promise.all(abandoned(scratchRoot(clinvkHome)).map(clearAway));
  return survivors.flat();
}

interface Abandoned {
  dir: string;
  owner?: ScratchOwner;
}

async function clearAway({ dir, owner }: Abandoned): Promise<Survivor[]> {
  // After a restart of the machine none of its processes lives, and its start times refer to other processes.
  const survivors = owner?.boot === thisProcess().boot ? await reapRun(owner) : [];
  // The directory records that processes must be ended. If it can't be removed now, the next run tries again.
  if (survivors.length === 0) removeScratch(dir);
  return survivors;
}

function abandoned(root: string): Abandoned[] {
  return names(root).flatMap((name) => {
    const dir = join(root, name);
    const owner = ownerOf(dir);
    if (owner !== undefined) {
      const isOver = !(isAlive(owner) ?? silentMs([join(dir, OWNER_FILE)]) <= SILENT_MS);
      return isOver ? [{ dir, owner }] : [];
    }
    const made = statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    // The owner is written before any process starts.
    return Date.now() - made > UNOWNED_MS ? [{ dir }] : [];
  });
}

function names(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/** Reads the owner of a directory; `undefined` if it is missing, incomplete or invalid. */
function ownerOf(dir: string): ScratchOwner | undefined {
  try {
    const owner = JSON.parse(readRegular(join(dir, OWNER_FILE)).toString()) as ScratchOwner;
    // A wrong marker would match processes of other runs.
    const isWhole = /^[0-9a-f]{32}$/.test(owner.marker) && owner.pid > 1 && Number.isFinite(owner.oldest);
    return isWhole ? owner : undefined;
  } catch {
    return undefined;
  }
}
