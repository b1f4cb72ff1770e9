// Reads the processes of a Linux machine from /proc. One stat costs about 12 µs, a listing of 100 processes 100 µs.
// Keeps only one spare file open: a program that has used up its descriptors must still find and kill its children.
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import type { ProcessInfo, ProcessTable } from "./table.js";

/** Bit of the `flags` field of /proc/PID/stat (include/linux/sched.h, PF_KTHREAD). */
const KERNEL_THREAD = 0x00200000;
/** `exit_signal` of a thread of another process: /proc/TID exists, although /proc does not list it. */
const THREAD = -1;
/** Only this much of an environment is searched: execve itself allows 6 MiB at most by default. */
const MAX_ENVIRON_BYTES = 8 * 1024 * 1024;

export class ProcTable implements ProcessTable {
  #buffer = Buffer.allocUnsafe(16 * 1024);
  /** A spare descriptor, closed for the time of one read if no other is left. */
  #spare = openSpare();

  pids(): number[] {
    const pids: number[] = [];
    for (const name of this.#withDescriptor(() => readdirSync("/proc")) ?? []) {
      const pid = Number(name);
      if (Number.isInteger(pid)) pids.push(pid);
    }
    return pids.sort((a, b) => a - b);
  }

  read(pid: number): ProcessInfo | undefined {
    const length = this.#load(`/proc/${pid}/stat`);
    return length === undefined ? undefined : parseStat(this.#buffer.toString("latin1", 0, length));
  }

  environ(pid: number): Buffer | undefined {
    const length = this.#load(`/proc/${pid}/environ`);
    return length === undefined ? undefined : this.#buffer.subarray(0, length);
  }

  exists(pid: number): boolean {
    return existsSync(`/proc/${pid}`);
  }

  lastPid(): number | undefined {
    const length = this.#load("/proc/loadavg");
    if (length === undefined) return undefined;
    const text = this.#buffer.toString("latin1", 0, length);
    const pid = Number.parseInt(text.slice(text.lastIndexOf(" ") + 1), 10);
    return pid > 0 ? pid : undefined;
  }

  /** Calls `read`, which needs one descriptor; `undefined` if it throws. */
  #withDescriptor<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!isExhausted(error) || this.#spare === undefined) return undefined;
    }
    closeSync(this.#spare);
    try {
      return read();
    } catch {
      return undefined;
    } finally {
      this.#spare = openSpare();
    }
  }

  #load(path: string): number | undefined {
    return this.#withDescriptor(() => this.#readWhole(path));
  }

  /** Reads a whole file into the shared buffer. Such a file has no size, so reads until 0 bytes come. Throws. */
  #readWhole(path: string): number {
    const file = openSync(path, "r");
    try {
      let length = 0;
      for (;;) {
        const read = readSync(file, this.#buffer, length, this.#buffer.length - length, null);
        length += read;
        // A short read means the end for all files read here; if the buffer is full, there may be more.
        if (read === 0 || length < this.#buffer.length || length >= MAX_ENVIRON_BYTES) return length;
        this.#buffer = Buffer.concat([this.#buffer], this.#buffer.length * 4);
      }
    } finally {
      closeSync(file);
    }
  }
}

/** `undefined`: no descriptor is left. */
function openSpare(): number | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch {
    return undefined;
  }
}

/** Whether this program, or the whole machine, has no descriptor left. */
function isExhausted(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}

/**
 * Parses /proc/PID/stat (man 5 proc); `undefined` also for a thread. The name is in parentheses and may hold anything, also `)` and
 * newlines.
 */
export function parseStat(text: string): ProcessInfo | undefined {
  const nameStart = text.indexOf("(");
  const nameEnd = text.lastIndexOf(")");
  if (nameStart < 0 || nameEnd < nameStart) return undefined;
  // Field 3 (state) comes first here, so field n is at n - 3.
  const fields = text.slice(nameEnd + 2).split(" ", 36);
  const start = Number(fields[19]);
  if (!Number.isFinite(start) || Number(fields[35]) === THREAD) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    state: fields[0] ?? "?",
    start,
    comm: text.slice(nameStart + 1, nameEnd),
    kernel: (Number(fields[6]) & KERNEL_THREAD) !== 0,
  };
}
