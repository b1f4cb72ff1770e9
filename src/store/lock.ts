// Locks a run, so that only one process at a time works on it. The lock names its owner; the lock of a dead process is void.
// An owner that can't be seen from here (another machine, another container) shows that it lives by a sign that it renews:
// without one for two minutes its lock is void, too, and an owner that wakes up after that has lost it.
//
// A lock is a symbolic link `lock.N` whose target is the owner: creating one is atomic, contents included. The link with the
// highest number counts. A process that finds it void creates number N+1, and holds the lock if nothing higher is there then.
// Only the process that made a higher link removes the highest one. So if several processes find the same lock void, one wins,
// however long ago they looked. Releasing a lock puts a link to `free` on top.
import { readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { isAlive, type ProcessId, thisProcess } from "../process/owner.js";
import { err, ok, type Result } from "../util/result.js";
import { SILENT_MS, showLife, silentMs } from "../util/sign-of-life.js";

export interface Lock {
  /** It was taken from an owner of which nobody can tell from here whether it lives: the owner may still write. */
  readonly seized: boolean;
  /** Aborted when another process has seized the lock. Its reason is a sentence about that process. */
  readonly lost: AbortSignal;
  /** Whether this process still has it; looks now. */
  isHeld(): boolean;
  /** Releases it; idempotent. */
  release(): void;
}

/** The process that has a lock, and since when (ISO 8601, UTC). */
export interface LockOwner extends ProcessId {
  since: string;
}

/** The texts are shown to people: no control characters, and none that turn text around. */
const Text = z.string().check(z.regex(/^\P{C}*$/u));
const Owner = z.object({
  pid: z.int(),
  start: z.number(),
  boot: Text,
  pid_namespace: Text,
  host: Text,
  since: Text,
});

/** A lock that a process has. */
export interface Holder {
  owner: LockOwner;
  /** Whether the owner was seen alive; otherwise its sign of life is young enough. */
  seen: boolean;
  /** Milliseconds since its last sign of life. */
  silent_ms: number;
}

/** `held`: another process works on the run. `failed`: the lock can't be created; the message says why. */
export type LockProblem = { kind: "held"; holder: Holder } | { kind: "failed"; message: string };

const FREE = "free";
/** The owner's sign of life. */
const SIGN_FILE = "alive";

/**
 * Takes the lock of a run's directory, or returns its holder at once. `force`: also from an owner that can't be seen from
 * here and has shown a sign of life within two minutes; never from one that is seen alive.
 */
export function lockRun(dir: string, { force = false } = {}): Result<Lock, LockProblem> {
  try {
    const first = highest(dir);
    for (;;) {
      const top = highest(dir);
      const found = look(dir, top);
      // Who forces has decided about the owner of now, not about one that was quicker.
      const forced = force && top === first && found !== undefined && !found.seen;
      if (found !== undefined && !isVoid(found) && !forced) return err({ kind: "held", holder: found });
      const mine = top + 1;
      const me: LockOwner = { ...thisProcess(), since: new Date().toISOString() };
      if (!link(dir, mine, JSON.stringify(me))) continue;
      if (highest(dir) === mine) {
        for (const n of numbers(dir)) if (n < mine) unlink(dir, n);
        return ok(new HeldLock(dir, mine, found !== undefined));
      }
      unlink(dir, mine);
    }
  } catch (error) {
    return err({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

/** The process that works on a run at this moment; `undefined` = none. */
export function lockHolder(dir: string): Holder | undefined {
  try {
    const found = look(dir, highest(dir));
    return found === undefined || isVoid(found) ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Whether a process works on a run at this moment. */
export function isLocked(dir: string): boolean {
  return lockHolder(dir) !== undefined;
}

/** Describes for a message why a lock can't be had. `force`: the command that takes it from an owner that can't be seen. */
export function describeProblem(problem: LockProblem, force?: string): string {
  if (problem.kind === "failed") return problem.message;
  const { owner, seen, silent_ms } = problem.holder;
  const works = `process ${owner.pid}${seen ? "" : ` on ${owner.host}`} works on it since ${owner.since}`;
  if (seen) return works;
  const left = Math.max(1, Math.ceil((SILENT_MS - silent_ms) / 1000));
  const now = force === undefined ? "" : `\`${force}\` takes it now, and `;
  return `${works}, and its last sign of life is ${Math.round(silent_ms / 1000)} s old; if it was killed, ${now}it is free in ${left} s`;
}

class HeldLock implements Lock {
  readonly seized: boolean;
  readonly #dir: string;
  readonly #mine: number;
  readonly #loss = new AbortController();
  readonly #hide: () => void;
  #released = false;

  constructor(dir: string, mine: number, seized: boolean) {
    this.#dir = dir;
    this.#mine = mine;
    this.seized = seized;
    // An owner that has lost its lock must not renew the sign of the new one.
    this.#hide = showLife(join(dir, SIGN_FILE), () => this.isHeld());
  }

  get lost(): AbortSignal {
    return this.#loss.signal;
  }

  isHeld(): boolean {
    const { signal } = this.#loss;
    if (this.#released || signal.aborted) return false;
    try {
      const top = highest(this.#dir);
      if (top === this.#mine) return true;
      if (top > this.#mine) this.#loss.abort(lossOf(this.#dir, top));
    } catch {
      // The directory is gone: nobody else works in it.
    }
    return false;
  }

  release(): void {
    if (this.#released) return;
    this.#hide();
    try {
      if (this.isHeld()) {
        rmSync(join(this.#dir, SIGN_FILE), { force: true });
        link(this.#dir, this.#mine + 1, FREE);
        unlink(this.#dir, this.#mine);
      }
    } catch {
      // The directory is gone or read-only. The lock becomes void when this process ends.
    }
    this.#released = true;
  }
}

function lossOf(dir: string, top: number): string {
  const found = look(dir, top);
  const who = found === undefined ? "another process" : `process ${found.owner.pid} on ${found.owner.host}`;
  return `${who} has taken it over, because this process gave no sign of life for two minutes, or by force`;
}

function isVoid({ seen, silent_ms }: Holder): boolean {
  return !seen && silent_ms > SILENT_MS;
}

/** The owner of lock `n`, unless it is free or its owner is dead. */
function look(dir: string, n: number): Holder | undefined {
  if (n === 0) return undefined;
  const path = join(dir, `lock.${n}`);
  let target: string;
  try {
    target = readlinkSync(path);
  } catch (error) {
    // Another process has just created a higher lock: taking the next number will show it.
    if (codeOf(error) === "ENOENT") return undefined;
    if (codeOf(error) !== "EINVAL") throw error;
    target = "";
  }
  if (target === FREE) return undefined;
  const owner = ownerIn(target);
  const alive = isAlive(owner);
  if (alive === false) return undefined;
  // The lock itself is the first sign.
  const silent_ms = silentMs([path, join(dir, SIGN_FILE)], ...(alive ? [Date.now()] : []));
  return { owner, seen: alive === true, silent_ms };
}

/** The owner that a lock names. One that is not of ours names nobody: whoever made it can't be seen from here. */
function ownerIn(target: string): LockOwner {
  try {
    const { success, data } = Owner.safeParse(JSON.parse(target));
    if (success) return data;
  } catch {
    // Not even JSON.
  }
  return { pid: 0, start: 0, boot: "?", pid_namespace: "?", host: "an unknown machine", since: "an unknown time" };
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
