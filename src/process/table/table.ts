// The interface to the machine's table of processes, the same on every platform.

/** One process, at the moment it was read. */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  /** Session id; 0 where the platform does not tell (macOS). */
  sid: number;
  /** First letter of the state: `R S D T t Z X …`. */
  state: string;
  /** Start time in the platform's own unit; only compared for equality and order. A pid and its start name one process for ever. */
  start: number;
  /** Short name of the program, for messages. */
  comm: string;
  /** A thread of the kernel: no program, never ours. */
  kernel: boolean;
}

/** A way to look at the machine's processes. All calls are synchronous and none throws. */
export interface ProcessTable {
  /** Every pid, ascending. */
  pids(): number[];
  /** `undefined` = there is no such process (or we may not know of it). */
  read(pid: number): ProcessInfo | undefined;
  /** The environment block as raw bytes, valid until the next call of this object. Empty = in the middle of an exec; `undefined` = gone or not ours to read. */
  environ(pid: number): Buffer | undefined;
  /** Is there such a pid? The cheapest question. */
  exists(pid: number): boolean;
  /** The pid that was handed out last; `undefined` where the platform does not tell. */
  lastPid(): number | undefined;
}

/** A zombie is dead: only its parent's `wait` is missing. */
export function isDead(info: ProcessInfo | undefined): boolean {
  return info === undefined || info.state === "Z" || info.state === "X";
}

export function isStopped(info: ProcessInfo): boolean {
  return info.state === "T" || info.state === "t";
}
