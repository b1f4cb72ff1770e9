// Names a process for good, and tells whether it still lives. A pid alone is not enough: the system reuses it, and each
// container counts its own.
import { readFileSync, readlinkSync } from "node:fs";
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
  /** Linux: the namespace in which `pid` counts, such as `pid:[4026531836]`; empty elsewhere. */
  pid_namespace: string;
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
    pid_namespace: pidNamespace(),
    host: hostname(),
  };
}

/** `undefined`: it runs, or ran, where we can't see it: on another machine, in another container, or before the last boot. */
export function isAlive(owner: ProcessId): boolean | undefined {
  if (!isVisible(owner)) return undefined;
  if (!exists(owner.pid)) return false;
  if (owner.start === 0) return true;
  const found = processTable().read(owner.pid);
  if (found === undefined || isDead(found)) return false;
  if (process.platform === "linux") return found.start === owner.start;
  return Math.abs(found.start / 1000 - owner.start) <= PS_TOLERANCE_SECONDS;
}

/**
 * Whether the pid can be looked up here. Boot and namespace say it for sure: a name does not, for two machines may share
 * one, and one machine may change its own. A machine without an id of its boot has only the name.
 */
function isVisible({ boot, pid_namespace, host }: ProcessId): boolean {
  if (boot !== bootId()) return false;
  return boot === "" ? host === hostname() : pid_namespace === pidNamespace();
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

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
