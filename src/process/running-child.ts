// One child and its group, from the start until all its processes are gone.

import { monotonicMs } from "../util/clock.js";
import type { Child, ChildExit } from "./child.js";
import type { ProcessGroup } from "./group.js";
import type { Reaped, Reaper, Survivor } from "./reap.js";
import { signalGroupOfChild } from "./signal.js";

/** How often a group is checked after SIGTERM, in milliseconds. */
const POLL_MS = 50;
/** How long we wait for the exit event of a child that a scan has seen dead. */
const EXIT_NEWS_MS = 500;

/** How a child ended. */
export interface ChildEnd extends ChildExit {
  /** We stopped the child. Exit code and signal then say little: some programs exit 0 on SIGTERM. */
  stopped: boolean;
  /** First and last 64 KiB, with a line in between that says how many bytes were dropped. */
  stderr: string;
  /** Bytes that arrived on stdout. */
  stdout_bytes: number;
  /** Number of processes that the child left behind, or that were killed with it. */
  leftovers: number;
  /** Processes that could not be killed. */
  survivors: Survivor[];
}

/** A started child, or one that could not be started. */
export interface RunningChild {
  readonly pid: number | undefined;
  /**
   * Sends SIGTERM to the child's group, and after `grace_ms` SIGKILL to all that it started. May be called again: a shorter
   * grace period replaces the current one. 0 = SIGKILL now.
   */
  stop(grace_ms?: number): void;
  /** Resolves when the child has ended and no process that it started is left. Never rejects. */
  readonly done: Promise<ChildEnd>;
}

export interface RunningOptions {
  reaper: Reaper;
  grace_ms: number;
  drain_ms: number;
  /** Resolves after a scan of the whole run that is young enough to use. */
  snapshot(): Promise<void>;
}

export class Running implements RunningChild {
  readonly pid: number | undefined;
  readonly done: Promise<ChildEnd>;
  #stopping: Promise<Reaped> | undefined;
  #deadline = Number.POSITIVE_INFINITY;
  #wake: () => void = () => {};

  constructor(
    readonly child: Child,
    readonly group: ProcessGroup,
    readonly options: RunningOptions,
  ) {
    this.pid = child.pid;
    child.onGone = () => {
      group.leaderGone(Number(child.pid));
      this.#wake();
    };
    this.done = this.#follow();
  }

  stop(grace_ms = this.options.grace_ms): void {
    if (this.child.gone && this.#stopping === undefined) {
      this.child.limitReading();
      return;
    }
    const deadline = monotonicMs() + grace_ms;
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    this.#stopping ??= this.#stop(grace_ms > 0);
    this.#wake();
  }

  async #stop(gently: boolean): Promise<Reaped> {
    const { child, options } = this;
    if (gently) {
      // Scan first: after the signal has killed a tool, its children are orphans without a trace.
      await options.snapshot();
      if (!child.gone) signalGroupOfChild(Number(this.pid), "SIGTERM");
      while (!child.gone && monotonicMs() < this.#deadline) {
        await this.#pause(Math.min(POLL_MS, this.#deadline - monotonicMs()));
        if (!child.gone) await options.snapshot();
      }
    } else if (!child.gone) {
      // It does nothing more from now on; the scans before the kill take a while on a busy machine.
      signalGroupOfChild(Number(this.pid), "SIGSTOP");
    }
    return this.#reap();
  }

  async #follow(): Promise<ChildEnd> {
    const { child, group, options } = this;
    const exit = await child.exited;
    let reaped: Reaped = { killed: new Set(), survivors: [] };
    if (this.#stopping !== undefined) {
      reaped = await this.#stopping;
      child.hurry();
      await child.drained(options.drain_ms);
    } else {
      await child.drained(options.drain_ms);
      await group.scan();
      if (group.alive().length > 0) reaped = await this.#reap();
    }
    options.reaper.scanner.remove(group);
    reaped.killed.delete(Number(this.pid));
    return {
      ...exit,
      stopped: this.#stopping !== undefined,
      stderr: child.stderr(),
      stdout_bytes: child.stdout_bytes,
      leftovers: reaped.killed.size,
      survivors: reaped.survivors,
    };
  }

  async #reap(): Promise<Reaped> {
    const { child, group, options } = this;
    const reaped = await options.reaper.reap(group, () => {
      if (!child.gone) signalGroupOfChild(Number(this.pid), "SIGKILL");
    });
    for (let left = EXIT_NEWS_MS, end = monotonicMs() + left; !child.gone && left > 0; left = end - monotonicMs()) {
      await this.#pause(left);
    }
    if (!child.gone) child.abandon();
    return reaped;
  }

  /** Waits until the time is over, the leader has exited, or `stop` is called again. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
