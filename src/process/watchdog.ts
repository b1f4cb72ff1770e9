// Kills a run's processes if this process is killed: a shell that blocks in `read` on a pipe from us. If the pipe ends
// without `bye`, we are dead; only then the shell starts node, with reaper-main.ts. It costs 1 ms and 2 MB.
import { type ChildProcess, spawn } from "node:child_process";
import type { Member } from "./group.js";
import type { ProcessId } from "./signal.js";
import { spawnError } from "./spawn-error.js";

export interface WatchdogOptions {
  /** The built reaper.js. */
  reaper_file: string;
  /** The program that runs it. Default: the node that runs us. */
  node_file?: string;
  /** Called once with a sentence for a person if the run continues without a watchdog. */
  onLost?(message: string): void;
}

/** A killed watchdog is replaced at most this often. */
const MAX_RESTARTS = 3;
/** How long a clean end waits for the watchdog to leave, in milliseconds. */
const FAREWELL_MS = 1000;

/**
 * `$1` run, `$2` node, `$3` reaper, `$4` start time before which no process of the run started. Lines on stdin: `L pid start`
 * watch a process, `X pid start` stop watching it, `bye`. Keeps the list as " pid:start pid:start ". If node does not work,
 * kills at least the processes with the marker. Ignores the signals of a terminal, and runs in its own session.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
list=' '
while read -r word pid start; do
  case $word in
    L) list="$list$pid:$start " ;;
    X) case $list in *" $pid:$start "*) list="\${list%%" $pid:$start "*} \${list#*" $pid:$start "}" ;; esac ;;
    bye) exit 0 ;;
  esac
done
"$2" "$3" "$1" "$4" $list && exit 0
for round in 1 2 3 4 5; do
  for file in $(grep -laF ":$1." /proc/[0-9]*/environ 2>/dev/null); do
    file=\${file#/proc/}
    kill -KILL "\${file%/environ}"
  done
done`;

export class Watchdog {
  readonly #watched = new Map<number, ProcessId>();
  #shell: ChildProcess | undefined;
  /** Lines to send with the next one. */
  #gone = "";
  #starts = 0;
  #closed = false;

  /** @param oldest start time before which no process of the run started */
  constructor(
    readonly run: string,
    readonly oldest: number,
    readonly options: WatchdogOptions,
  ) {
    this.#start();
  }

  /** From now on this process ends with us. The line is in the pipe when this returns. */
  watch({ pid, start }: { pid: number; start: number | undefined }): void {
    // Without a start time the process can't be distinguished from a later one with the same pid.
    if (start === undefined) return;
    this.#watched.set(pid, { pid, start });
    this.#say(`${this.#gone}L ${pid} ${start}\n`);
    this.#gone = "";
  }

  /** The process is gone. Told with the next `watch`: until then its start time protects a new process with its pid. */
  unwatch({ pid, start }: Pick<Member, "pid" | "start">): void {
    if (this.#watched.get(pid)?.start !== start) return;
    this.#watched.delete(pid);
    this.#gone += `X ${pid} ${start}\n`;
  }

  /** Tells the watchdog to leave, and resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const shell = this.#shell;
    if (shell === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FAREWELL_MS);
      shell.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      shell.stdin?.end("bye\n");
    });
  }

  #say(line: string): void {
    this.#shell?.stdin?.write(line);
  }

  #start(): void {
    this.#starts++;
    const { node_file = process.execPath, reaper_file } = this.options;
    let shell: ChildProcess;
    try {
      shell = spawn("/bin/sh", ["-c", SCRIPT, "sh", this.run, node_file, reaper_file, String(this.oldest)], {
        detached: true,
        cwd: "/",
        stdio: ["pipe", "ignore", "ignore"],
      });
    } catch (error) {
      this.#lost(spawnError(error, { file: "/bin/sh", cwd: "/" }).message);
      return;
    }
    // Listen first: if no descriptors or processes are left, an error comes instead of pipes and a pid.
    shell.on("error", (error) => this.#lost(spawnError(error, { file: "/bin/sh", cwd: "/" }).message));
    if (shell.pid === undefined) return;
    this.#shell = shell;
    // The watchdog must not keep us alive.
    shell.unref();
    const { stdin } = shell;
    if (stdin && "unref" in stdin && typeof stdin.unref === "function") stdin.unref();
    stdin?.on("error", () => {});
    shell.once("exit", (_code, signal) => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      if (this.#closed) return;
      if (this.#starts > MAX_RESTARTS) this.#lost(`it ended ${this.#starts} times, last by ${signal ?? "itself"}`);
      else this.#start();
    });
    let lines = "";
    for (const { pid, start } of this.#watched.values()) lines += `L ${pid} ${start}\n`;
    if (lines !== "") this.#say(lines);
  }

  #lost(why: string): void {
    this.#shell = undefined;
    this.options.onLost?.(
      `No watchdog: if this process is killed with SIGKILL, its children may keep running (${why}).`,
    );
  }
}
