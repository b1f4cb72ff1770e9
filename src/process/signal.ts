// Sends a signal to a process only after making sure that the pid still means the process we know.
import { isDead, type ProcessTable } from "./table/table.js";

/** Names one process for ever: pids are reused, a pid with its start time is not. */
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
 * Signals one process. `false` = nothing was sent: it is gone, the number belongs to another process now, it is pid 1 or we
 * ourselves, or the system did not let us (another user's process).
 */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals, table: ProcessTable, send = kill): boolean {
  if (id.pid <= 1 || id.pid === process.pid) return false;
  const info = table.read(id.pid);
  if (info === undefined || info.start !== id.start || isDead(info)) return false;
  return attempt(id.pid, signal, send);
}

/**
 * Signals the process group of a child of ours that we have not yet waited for. Until then its pid, and with it the number of its
 * group, can't be reused; the caller vouches for that.
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
    // ESRCH: gone meanwhile. EPERM: another user's; it shows up among the survivors.
    return false;
  }
}
