// A machine's processes as a test says they are.
import type { ProcessInfo, ProcessTable } from "../../../src/process/table/table.js";

export class FakeTable implements ProcessTable {
  readonly processes = new Map<number, ProcessInfo & { environ: string }>();
  last: number | undefined;

  /** Adds or replaces a process. */
  set(pid: number, info: Partial<ProcessInfo & { environ: string }> = {}): void {
    const plain = { ppid: 1, pgid: pid, sid: pid, state: "S", start: pid, comm: "stub", kernel: false, environ: "A=1" };
    this.processes.set(pid, { ...plain, ...info, pid });
    this.last = Math.max(this.last ?? 0, pid);
  }

  pids(): number[] {
    return [...this.processes.keys()].sort((a, b) => a - b);
  }
  read(pid: number): ProcessInfo | undefined {
    return this.processes.get(pid);
  }
  environ(pid: number): Buffer | undefined {
    const process = this.processes.get(pid);
    return process && Buffer.from(process.environ);
  }
  exists(pid: number): boolean {
    return this.processes.has(pid);
  }
  lastPid(): number | undefined {
    return this.last;
  }
}
