// Waits until somebody reads the named pipes that a run writes to. Opening one without a reader would block the whole
// process, and no signal would end it.
import { closeSync, constants, openSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type OnWait, tellIfSlow } from "../../document/slow-source.js";

const LOOK_EVERY_MS = 50;

/**
 * Resolves when each of these files that is a pipe has a reader; they don't have to exist. Call the returned function when
 * the files are open: until then the readers are kept.
 */
export async function untilRead(paths: readonly string[], onWait: OnWait): Promise<() => void> {
  const held: number[] = [];
  for (const path of paths) {
    if (!statSync(path, { throwIfNoEntry: false })?.isFIFO()) continue;
    held.push(await tellIfSlow(`a reader of ${path}, a pipe that nobody reads`, onWait, opened(path)));
  }
  return () => held.forEach(closeSync);
}

async function opened(path: string): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      await pause(LOOK_EVERY_MS);
    }
  }
}
