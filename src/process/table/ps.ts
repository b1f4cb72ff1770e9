// The processes of a machine without /proc (macOS), as `ps` lists them. Slower and less exact than /proc: the start time has a
// resolution of one second, the environment of Apple's own programs is hidden, and there is no session id.
// Written from the manual pages of ps(1) and from xnu's kern_sysctl.c; the parser is tested, the platform itself is not.
import { spawnSync } from "node:child_process";
import { monotonicMs } from "../../util/clock.js";
import type { ProcessInfo, ProcessTable } from "./table.js";

const COLUMNS = "pid=,ppid=,pgid=,stat=,lstart=,command=";
/** How long one listing serves queries for single processes, in milliseconds. Also its maximum age for the check before a signal. */
const MAX_AGE_MS = 50;

interface Row {
  info: ProcessInfo;
  /** Arguments and, as far as the kernel shows it, the environment. */
  text: string;
}

export class PsTable implements ProcessTable {
  #rows = new Map<number, Row>();
  #taken_at = Number.NEGATIVE_INFINITY;

  pids(): number[] {
    this.#take();
    return [...this.#rows.keys()].sort((a, b) => a - b);
  }

  read(pid: number): ProcessInfo | undefined {
    this.#freshen();
    return this.#rows.get(pid)?.info;
  }

  environ(pid: number): Buffer | undefined {
    const row = this.#rows.get(pid);
    return row === undefined ? undefined : Buffer.from(row.text);
  }

  exists(pid: number): boolean {
    return this.read(pid) !== undefined;
  }

  lastPid(): undefined {
    return undefined;
  }

  #freshen(): void {
    if (monotonicMs() - this.#taken_at > MAX_AGE_MS) this.#take();
  }

  #take(): void {
    // LC_ALL=C, because lstart is otherwise in the user's language.
    const result = spawnSync("/bin/ps", ["-axwwE", "-o", COLUMNS], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#rows = parsePs(result.stdout ?? "");
    this.#taken_at = monotonicMs();
  }
}

/** Parses the columns above. `lstart` is five words: `Sun Nov 23 17:48:01 2025`. */
export function parsePs(text: string): Map<number, Row> {
  const rows = new Map<number, Row>();
  const line = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\w+ +\w+ +\d+ +[\d:]+ +\d+) *(.*)$/gm;
  for (const match of text.matchAll(line)) {
    const [, pid, ppid, pgid, stat = "?", lstart = "", command = ""] = match;
    const start = Date.parse(lstart);
    if (Number.isNaN(start)) continue;
    const program = command.split(" ", 1)[0] ?? "";
    const info = {
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      sid: 0,
      state: stat.charAt(0),
      start,
      comm: program.slice(program.lastIndexOf("/") + 1).slice(0, 15),
      kernel: pid === "0",
    };
    rows.set(info.pid, { info, text: command });
  }
  return rows;
}
