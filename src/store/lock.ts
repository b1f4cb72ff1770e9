// Locks a run, so that only one process at a time works on it. The lock names its owner; the lock of a dead process is void.
//
// A lock is a symbolic link `lock.N` whose target is the owner: creating one is atomic, contents included. The link with the
// highest number counts. A process that finds it void creates number N+1, and holds the lock if nothing higher is there then.
// Only the process that made a higher link removes the highest one. So if several processes find the same lock void, one wins,
// however long ago they looked. Releasing a lock puts a link to `free` on top.
import { readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type ProcessId, thisProcess } from "../process/owner.js";
import { err, ok, type Result } from "../util/result.js";

export interface Lock {
  /** Releases it; idempotent. */
  release(): void;
}

/** The process that has a lock, and since when (ISO 8601, UTC). */
export interface LockOwner extends ProcessId {
  since: string;
}

/** `held`: another process works on the run. `failed`: the lock can't be created; the message says why. */
export type LockProblem = { kind: "held"; owner: LockOwner } | { kind: "failed"; message: string };

const FREE = "free";

/** Takes the lock of a run's directory, or returns its owner at once. */
export function lockRun(dir: string): Result<Lock, LockProblem> {
  try {
    for (;;) {
      const top = highest(dir);
      const owner = ownerOf(dir, top);
      if (owner !== undefined) return err({ kind: "held", owner });
      const mine = top + 1;
      const me: LockOwner = { ...thisProcess(), since: new Date().toISOString() };
      if (!link(dir, mine, JSON.stringify(me))) continue;
      if (highest(dir) === mine) {
        for (const n of numbers(dir)) if (n < mine) unlink(dir, n);
        return ok({ release: () => release(dir, mine) });
      }
      unlink(dir, mine);
    }
  } catch (error) {
    return err({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

/** The process that works on a run at this moment; `undefined` = none. */
export function lockOwner(dir: string): LockOwner | undefined {
  try {
    return ownerOf(dir, highest(dir));
  } catch {
    return undefined;
  }
}

/** Describes the owner for a message. */
export function describeOwner(owner: LockOwner): string {
  const here = isAlive(owner) !== undefined;
  return `process ${owner.pid}${here ? "" : ` on ${owner.host}`} works on it since ${owner.since}`;
}

function release(dir: string, mine: number): void {
  try {
    link(dir, mine + 1, FREE);
    unlink(dir, mine);
  } catch {
    // The directory is gone or read-only. The lock becomes void when this process ends.
  }
}

/** The living owner of lock `n`; one on another machine counts as living. */
function ownerOf(dir: string, n: number): LockOwner | undefined {
  if (n === 0) return undefined;
  let target: string;
  try {
    target = readlinkSync(join(dir, `lock.${n}`));
  } catch (error) {
    // Another process has just created a higher lock: taking the next number will show it.
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  if (target === FREE) return undefined;
  const owner = JSON.parse(target) as LockOwner;
  return isAlive(owner) === false ? undefined : owner;
}

function numbers(dir: string): number[] {
  return readdirSync(dir).flatMap((name) => (/^lock\.\d+$/.test(name) ? [Number(name.slice(5))] : []));
}

/** 0 = there has never been a lock. */
function highest(dir: string): number {
  return Math.max(0, ...numbers(dir));
}

function link(dir: string, n: number, target: string): boolean {
  try {
    symlinkSync(target, join(dir, `lock.${n}`));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function unlink(dir: string, n: number): void {
  try {
    unlinkSync(join(dir, `lock.${n}`));
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
