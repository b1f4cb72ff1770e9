// Signals a process only after checking that its pid still refers to the process that we know.
import { isDead, type ProcessTable } from "./table/table.js";

/** Identifies one process for ever: pids are reused, a pid with its start time is not. */
export interface ProcessId {
  pid: number;
  start: number;
}

/** How signals are sent; replaced in tests. Throws like `process.kill`. */
export type Kill = (pid: number, signal: NodeJS.Signals) => void;

const kill: Kill = (pid, signal) => {
  process.kill(pid, signal);
};

/**
 * Signals one process. `false` = no signal was sent: it is gone, its pid now belongs to another process, it is pid 1 or this
 * process, or the system refused (another user's process).
 */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals, table: ProcessTable, send = kill): boolean {
  if (id.pid <= 1 || id.pid === process.pid) return false;
  const info = table.read(id.pid);
  if (info === undefined || info.start !== id.start || isDead(info)) return false;
  return attempt(id.pid, signal, send);
}

/**
 * Signals the process group of our child. The caller guarantees that we have not yet waited for the child: until then its
 * pid, which is also the id of the group, can't be reused.
 */
export function signalGroupOfChild(leader_pid: number, signal: NodeJS.Signals, send = kill): boolean {
  // Not NaN either: kill(-1) would signal every process.
  if (!(leader_pid > 1) || leader_pid === process.pid) return false;
  return attempt(-leader_pid, signal, send);
}

function attempt(pid: number, signal: NodeJS.Signals, send: Kill): boolean {
  try {
    send(pid, signal);
    return true;
  } catch {
    // ESRCH: the process is gone. EPERM: it belongs to another user; it will be among the survivors.
    return false;
  }
}
