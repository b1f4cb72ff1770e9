// All child processes of one run. After `close`, no process of the run is alive.

import { monotonicMs } from "../util/clock.js";
import { Child, type ChildHandlers, type ChildSpec } from "./child.js";
import { MARKER_VARIABLE, markerChain, newRunMarker } from "./env.js";
import { Reaper, type Survivor } from "./reap.js";
import { Running, type RunningChild, type RunningOptions } from "./running-child.js";
import { Scanner } from "./scanner.js";
import { processTable } from "./table/this-machine.js";
import { Watchdog, type WatchdogOptions } from "./watchdog.js";

export type { ChildHandlers, ChildSpec } from "./child.js";
export type { Survivor } from "./reap.js";
export type { ChildEnd, RunningChild } from "./running-child.js";
export type { WatchdogOptions } from "./watchdog.js";

/** How often all groups are scanned while a child runs. More often on macOS, where no marker helps to find orphans. */
const SNAPSHOT_EVERY_MS = process.platform === "darwin" ? 1000 : 2000;
/** Activity causes a look at most this often. */
const ACTIVITY_MS = 100;
/** A scan this young may be used again: many tasks that are stopped at once share one. */
const SNAPSHOT_AGE_MS = 20;

export interface ProcessRunOptions {
  /** Names the run in the marker; `A-Z a-z 0-9 _ -`. Default: 128 random bits. */
  run_marker?: string;
  /** Between SIGTERM and SIGKILL. Default 3000. */
  grace_ms?: number;
  /** How long after a child's exit its pipes may stay open. Default 500. */
  drain_ms?: number;
  /** Ends the run's processes if this process is killed. Default: none. */
  watchdog?: WatchdogOptions;
}

export class ProcessRun {
  readonly marker: string;
  readonly #inherited = process.env[MARKER_VARIABLE];
  readonly #scanner: Scanner;
  readonly #reaper: Reaper;
  readonly #options: RunningOptions;
  readonly #watchdogOptions: WatchdogOptions | undefined;
  #watchdog: Watchdog | undefined;
  #oldest: number | undefined;
  readonly #running = new Set<RunningChild>();
  #snapshot: Promise<void> = Promise.resolve();
  #snapshot_at = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #activity: NodeJS.Timeout | undefined;
  #strays: Promise<unknown> | undefined;

  constructor(options: ProcessRunOptions = {}) {
    this.marker = options.run_marker ?? newRunMarker();
    this.#scanner = new Scanner(processTable(), this.marker);
    this.#reaper = new Reaper(this.#scanner);
    this.#watchdogOptions = options.watchdog;
    this.#options = {
      reaper: this.#reaper,
      grace_ms: options.grace_ms ?? 3000,
      drain_ms: options.drain_ms ?? 500,
      snapshot: () => this.#takeSnapshot(SNAPSHOT_AGE_MS),
    };
  }

  /** Our own start time, in the unit of the platform: no process of this run is older. */
  get oldest(): number {
    this.#oldest ??= this.#scanner.table.read(process.pid)?.start ?? 0;
    return this.#oldest;
  }

  /** How many children run. */
  get running(): number {
    return this.#running.size;
  }

  /** The value of the marker variable for a task; `spawn` sets it. Use this to pass it on in another way as well. */
  markerFor(task: string): string {
    return markerChain(this.#inherited, this.marker, task);
  }

  /** Starts a child. `done` tells if it could not be started. */
  spawn(spec: ChildSpec, handlers: ChildHandlers): RunningChild {
    const task = spec.task_marker;
    this.#startWatchdog();
    if (this.#scanner.has(task))
      throw new Error(`A child with the task marker ${JSON.stringify(task)} is running already.`);
    const env = { ...spec.env, [MARKER_VARIABLE]: this.markerFor(task) };
    const child = new Child({ ...spec, env }, handlers);
    const { pid } = child;
    if (pid === undefined) return notStarted(child);
    const group = this.#scanner.add(task, pid);
    this.#watchdog?.watch({ pid, start: group.startOf(pid) });
    const running = new Running(child, group, this.#options);
    this.#running.add(running);
    this.#timer ??= setInterval(() => this.#tick(), SNAPSHOT_EVERY_MS).unref();
    void running.done.then(() => {
      this.#running.delete(running);
      for (const member of group.members.values()) this.#watchdog?.unwatch(member);
    });
    return running;
  }

  /** Call when a child probably starts a process: scans soon, so that the process is known before its parent can die. */
  noteActivity(): void {
    if (this.#activity !== undefined || this.#running.size === 0) return;
    void this.#takeSnapshot(ACTIVITY_MS);
    this.#activity = setTimeout(() => {
      this.#activity = undefined;
      void this.#takeSnapshot(ACTIVITY_MS / 2);
    }, ACTIVITY_MS).unref();
  }

  /** Ends the run: kills its processes, and resolves when none is alive. */
  async close(): Promise<{ survivors: Survivor[] }> {
    // The timer starts with the first child.
    if (this.#timer === undefined) return { survivors: [] };
    clearInterval(this.#timer);
    clearTimeout(this.#activity);
    const survivors: Survivor[] = [];
    for (const child of this.#running) child.stop(0);
    for (const end of await Promise.all([...this.#running].map((child) => child.done)))
      survivors.push(...end.survivors);
    await this.#strays;
    const { strays } = this.#scanner;
    await strays.scan();
    if (strays.alive().length > 0) survivors.push(...(await this.#reaper.reap(strays)).survivors);
    await this.#watchdog?.close();
    return { survivors };
  }

  /** Starts the watchdog, which must exist before the first child. */
  #startWatchdog(): void {
    if (this.#watchdogOptions === undefined || this.#watchdog !== undefined) return;
    const watchdog = new Watchdog(this.marker, this.oldest, this.#watchdogOptions);
    this.#watchdog = watchdog;
    this.#scanner.onJoin = (id) => watchdog.watch(id);
  }

  #takeSnapshot(max_age_ms: number): Promise<void> {
    const now = monotonicMs();
    if (now - this.#snapshot_at > max_age_ms) {
      this.#snapshot_at = now;
      this.#snapshot = this.#scanner.scan();
    }
    return this.#snapshot;
  }

  #tick(): void {
    if (this.#running.size > 0) void this.#takeSnapshot(ACTIVITY_MS).then(() => this.#reapStrays());
  }

  /** Ends a process with the marker of an ended task: it was between fork and exec when the task was reaped. */
  #reapStrays(): void {
    const { strays } = this.#scanner;
    if (this.#strays !== undefined || strays.alive().length === 0) return;
    this.#strays = this.#reaper.reap(strays).then(() => {
      this.#strays = undefined;
    });
  }
}

function notStarted(child: Child): RunningChild {
  const done = child.exited.then((exit) => ({
    ...exit,
    stopped: false,
    stderr: "",
    stdout_bytes: 0,
    leftovers: 0,
    survivors: [],
  }));
  return { pid: undefined, stop: () => {}, done };
}
