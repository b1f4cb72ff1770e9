// Which process is it, and does it still live? A pid alone says nothing: it is given to another process sooner or later.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** One process on one machine, for ever. */
export interface ProcessId {
  pid: number;
  /** Linux: clock ticks from boot to its start. Elsewhere: seconds since the epoch. 0 = unknown. */
  start: number;
  /** Names this boot of the machine; empty where the platform does not. */
  boot: string;
  host: string;
}

/** `ps` tells the start with a resolution of one second, we compute ours from when Node began. */
const PS_TOLERANCE_SECONDS = 2;

/** The process that asks. */
export function thisProcess(): ProcessId {
  const onLinux = process.platform === "linux";
  return {
    pid: process.pid,
    start: onLinux ? (procStat(process.pid)?.start ?? 0) : Math.round(performance.timeOrigin / 1000),
    boot: bootId(),
    host: hostname(),
  };
}

/** `undefined`: it runs on another machine that shares the directory, so nobody can say from here. */
export function isAlive(owner: ProcessId): boolean | undefined {
  if (owner.host !== hostname()) return undefined;
  if (owner.boot !== bootId() || !exists(owner.pid)) return false;
  if (owner.start === 0) return true;
  if (process.platform !== "linux") return Math.abs(psStart(owner.pid) - owner.start) <= PS_TOLERANCE_SECONDS;
  const found = procStat(owner.pid);
  // A zombie has ended; only its parent has not noticed yet.
  return found !== undefined && found.start === owner.start && found.state !== "Z" && found.state !== "X";
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Fields 3 and 22 of /proc/PID/stat (man 5 proc); the name before them is in parentheses and may hold anything. */
function procStat(pid: number): { state: string; start: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

function psStart(pid: number): number {
  const options = { encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } } as const;
  return Date.parse(spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], options).stdout?.trim() ?? "") / 1000;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}
