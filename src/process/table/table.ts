// The interface to the machine's table of processes, the same on every platform.

/** One process, at the moment it was read. */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  /** Session id; 0 if the platform does not tell (macOS). */
  sid: number;
  /** First letter of the state: `R S D T t Z X …`. */
  state: string;
  /** Start time in the platform's own unit; only compared for equality and order. Pid and start identify one process for ever. */
  start: number;
  /** Short name of the program, for messages. */
  comm: string;
  /** A kernel thread: not a program, never ours. */
  kernel: boolean;
}

/** Reads the machine's processes. All calls are synchronous, and none throws. */
export interface ProcessTable {
  /** Every pid, ascending. */
  pids(): number[];
  /** `undefined` = there is no such process, or we may not see it. */
  read(pid: number): ProcessInfo | undefined;
  /** The environment block as raw bytes, valid until the next call of this object. Empty = in the middle of an exec; `undefined` = gone, or not readable for us. */
  environ(pid: number): Buffer | undefined;
  /** Whether the pid exists; the cheapest check. */
  exists(pid: number): boolean;
  /** The pid that the system assigned last; `undefined` if the platform does not tell. */
  lastPid(): number | undefined;
}

/** Whether a process is dead. A zombie is dead, too: it only waits for its parent's `wait`. */
export function isDead(info: ProcessInfo | undefined): boolean {
  return info === undefined || info.state === "Z" || info.state === "X";
}

export function isStopped(info: ProcessInfo): boolean {
  return info.state === "T" || info.state === "t";
}
