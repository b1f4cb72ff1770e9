// Kills the rest of a group: stops every process, so that none can fork away, kills them, and scans until all are gone.

import { monotonicMs } from "../util/clock.js";
import type { Member, ProcessGroup } from "./group.js";
import { Scanner } from "./scanner.js";
import type { ProcessId } from "./signal.js";
import { isDead, isStopped, type ProcessInfo } from "./table/table.js";
import { processTable } from "./table/this-machine.js";

/** Pauses before the final scans, which must all find nothing, in milliseconds. The late ones catch a child between fork and exec. */
const QUIET_PAUSES_MS = [3, 0, 15, 60];
const QUIET_MS = QUIET_PAUSES_MS.reduce((sum, pause) => sum + pause, 0);
/** After this many rounds, also kill processes that did not stop (such as one in an uninterruptible call). */
const MAX_FREEZE_ROUNDS = 60;
/** Then kill every live process, stopped or not, and report those that still live after the next limit. */
const DEADLINE_MS = 2300;
const LAST_WAIT_MS = 200;
/** Pause between rounds while a process lives, in milliseconds. */
const ROUND_PAUSE_MS = 2;

/** A process that could not be ended: it belongs to another user, or hangs in the kernel. */
export interface Survivor {
  pid: number;
  comm: string;
}

export interface Reaped {
  /** The killed pids. */
  killed: Set<number>;
  survivors: Survivor[];
}

interface Job {
  killed: Set<number>;
  /** Live members of this round. */
  live: Member[];
  /** Members in this round that were new or still running. */
  unsettled: number;
  freeze_rounds: number;
  quiet_scans: number;
  quiet_since: number;
  deadline: number;
  /** Called before a kill, so that the owner of the leader also kills the system's process group. */
  on_kill: (() => void) | undefined;
  reaped: Promise<Reaped>;
  resolve(reaped: Reaped): void;
}

/** Reaps groups; several at once share their scans. */
export class Reaper {
  readonly #jobs = new Map<ProcessGroup, Job>();
  #running = false;
  /** Ends the pause of the loop. */
  #wake: () => void = () => {};

  /**
   * @param thorough scans every process in every round. Needed when a process may become a member by an exec: if the parent of
   * the run was killed between fork and exec.
   */
  constructor(
    readonly scanner: Scanner,
    readonly thorough = false,
  ) {}

  /** Resolves when no process of the group lives, or after 2.5 s with those that do. Never rejects. */
  reap(group: ProcessGroup, onKill?: () => void): Promise<Reaped> {
    const current = this.#jobs.get(group);
    if (current !== undefined) return current.reaped;
    let resolve: (reaped: Reaped) => void = () => {};
    const reaped = new Promise<Reaped>((settle) => {
      resolve = settle;
    });
    this.#jobs.set(group, {
      killed: new Set(),
      live: [],
      unsettled: 0,
      freeze_rounds: 0,
      quiet_scans: 0,
      quiet_since: 0,
      deadline: monotonicMs() + DEADLINE_MS,
      on_kill: onKill,
      reaped,
      resolve,
    });
    this.scanner.forget();
    if (this.#running) this.#wake();
    else void this.#loop();
    return reaped;
  }

  async #loop(): Promise<void> {
    this.#running = true;
    while (this.#jobs.size > 0) {
      for (const job of this.#jobs.values()) {
        job.live = [];
        job.unsettled = 0;
      }
      // A job that is added during the scan takes part from the next scan on.
      const jobs = new Map(this.#jobs);
      if (this.thorough) this.scanner.forget();
      await this.scanner.scan((member, info, isNew) => this.#freeze(jobs.get(member.group), member, info, isNew));
      let pause = Number.MAX_SAFE_INTEGER;
      for (const [group, job] of jobs) pause = Math.min(pause, this.#settle(group, job));
      if (this.#jobs.size > 0) await this.#pause(pause);
    }
    this.#running = false;
  }

  #freeze(job: Job | undefined, member: Member, info: ProcessInfo, isNew: boolean): void {
    if (job === undefined || isDead(info)) return;
    job.live.push(member);
    if (isNew || !isStopped(info)) job.unsettled++;
    if (!isStopped(info)) member.group.signal(member, "SIGSTOP");
  }

  /** Handles a scan for one group; returns the pause before the next scan, in milliseconds. */
  #settle(group: ProcessGroup, job: Job): number {
    const now = monotonicMs();
    if (job.live.length === 0) {
      if (job.quiet_scans === 0) job.quiet_since = now;
      job.quiet_scans++;
      const pause = QUIET_PAUSES_MS[job.quiet_scans - 1];
      if (pause !== undefined || now - job.quiet_since < QUIET_MS - 1) return pause ?? ROUND_PAUSE_MS;
      this.#finish(group, job, []);
      return 0;
    }
    job.quiet_scans = 0;
    job.freeze_rounds++;
    if (job.unsettled === 0 || job.freeze_rounds > MAX_FREEZE_ROUNDS || now > job.deadline) {
      job.on_kill?.();
      for (const member of job.live) {
        if (group.signal(member, "SIGKILL")) job.killed.add(member.pid);
      }
    }
    if (now > job.deadline + LAST_WAIT_MS) this.#finish(group, job, group.alive());
    return ROUND_PAUSE_MS;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #finish(group: ProcessGroup, job: Job, survivors: Member[]): void {
    this.#jobs.delete(group);
    job.resolve({ killed: job.killed, survivors: survivors.map(({ pid, comm }) => ({ pid, comm })) });
  }
}

/** Describes a survivor: a sentence without its full stop that fits after "and". */
export function stillLives({ pid, comm }: Survivor): string {
  return `process ${pid} (${comm}) could not be ended: it belongs to another user, or hangs in the system`;
}

export interface DeadRun {
  /** `ProcessRun.marker`. */
  marker: string;
  /** A start time in this boot of the machine: no process of the run is older. */
  oldest: number;
  /** Known processes of the run, with or without its marker. */
  known?: readonly ProcessId[];
}

/** Kills all processes with the run's marker, and their descendants. Resolves when none is left; never rejects. */
export async function reapRun({ marker, oldest, known = [] }: DeadRun): Promise<Survivor[]> {
  const scanner = new Scanner(processTable(), marker, oldest);
  for (const id of known) scanner.adopt(scanner.strays, id);
  return (await new Reaper(scanner, true).reap(scanner.strays)).survivors;
}
