// Signs of life for processes that can't see this one: the time of a file, which is renewed while this process lives.
// All times are those of the file system, so that machines whose clocks differ agree.
import { closeSync, constants, lstatSync, openSync, readSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** How often a sign is renewed, in milliseconds. */
const RENEW_EVERY_MS = 30_000;
/** After this long without a sign a process counts as gone. NFS may show a time that is a minute old. */
export const SILENT_MS = 120_000;

const renewals = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/**
 * Renews the time of a file from now on, until the returned function is called. Makes the file if there is none.
 * `mayRenew` is asked before each renewal. Never throws: a file that can't be written is tried again.
 */
export function showLife(path: string, mayRenew: () => boolean = () => true): () => void {
  const renew = () => {
    if (mayRenew()) touch(path);
  };
  renew();
  renewals.add(renew);
  // Must not keep the process alive. One timer for all: a server has many.
  timer ??= setInterval(() => {
    for (const one of [...renewals]) one();
  }, RENEW_EVERY_MS).unref();
  return () => {
    renewals.delete(renew);
    if (renewals.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * Milliseconds since the latest of these signs, which are in one directory; a missing one counts as silent for ever. A sign
 * that lies ahead is as old as it is far: the disk's clock was set back since, and whoever lives has renewed it by now.
 * Default of `now`: the time of the disk, which costs writing a file. Whoever shares our clock needs only that.
 */
export function silentMs(paths: readonly [string, ...string[]], now = timeOfDisk(dirname(paths[0]))): number {
  const latest = Math.max(...paths.map((path) => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  return Math.abs(now - latest);
}

/** Writes the first byte again: the file system sets the time, by its own clock, and needs no room for it. */
function touch(path: string): void {
  try {
    // What stands there and is no file shows no life of ours, and where a link leads to is none of our business.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) unlinkSync(path);
    // Not "a": what is appended would not go to the beginning.
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      const byte = Buffer.from(".");
      readSync(fd, byte, 0, 1, 0);
      writeSync(fd, byte, 0, 1, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The disk is full or gone; the next renewal tries again.
  }
}

/** What time it is for the file system of a directory; our own time if nothing can be written there. */
function timeOfDisk(dir: string): number {
  const probe = join(dir, `.now-${process.pid}-${process.hrtime.bigint()}`);
  try {
    closeSync(openSync(probe, "wx", 0o600));
    return statSync(probe).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    rmSync(probe, { force: true });
  }
}
