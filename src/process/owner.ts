// Names a process for good, and tells whether it still lives. A pid alone is not enough: the system reuses it.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isDead } from "./table/table.js";
import { processTable } from "./table/this-machine.js";

/** Names one process on one machine for good. */
export interface ProcessId {
  pid: number;
  /** Linux: clock ticks from boot to its start. Elsewhere: seconds since the epoch. 0 = unknown. */
  start: number;
  /** Identifies this boot of the machine; empty if the platform has no such id. */
  boot: string;
  host: string;
}

/** `ps` gives the start to the second, and we compute our own from the start of Node. */
const PS_TOLERANCE_SECONDS = 2;

/** This process. */
export function thisProcess(): ProcessId {
  const onLinux = process.platform === "linux";
  return {
    pid: process.pid,
    start: onLinux ? (processTable().read(process.pid)?.start ?? 0) : Math.round(performance.timeOrigin / 1000),
    boot: bootId(),
    host: hostname(),
  };
}

/** `undefined`: it runs on another machine that shares the directory, so this machine can't tell. */
export function isAlive(owner: ProcessId): boolean | undefined {
  if (owner.host !== hostname()) return undefined;
  if (owner.boot !== bootId() || !exists(owner.pid)) return false;
  if (owner.start === 0) return true;
  const found = processTable().read(owner.pid);
  if (found === undefined || isDead(found)) return false;
  if (process.platform === "linux") return found.start === owner.start;
  return Math.abs(found.start / 1000 - owner.start) <= PS_TOLERANCE_SECONDS;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}
