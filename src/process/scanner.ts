// Finds every process that the tasks of a run started: children of children, in other groups and sessions, orphans included.
// A process is a member if its parent, session or group is one, or if it carries the run's marker. Members are remembered.

import { monotonicMs } from "../util/clock.js";
import { taskOfEnviron } from "./env.js";
import { type GroupScanner, isSameProcess, type Member, type MemberStart, ProcessGroup } from "./group.js";
import type { ProcessId } from "./signal.js";
import { isDead, type ProcessInfo, type ProcessTable } from "./table/table.js";

/** A scan lets the event loop run after this much work, in milliseconds. */
const SLICE_MS = 40;
/** Up to this many new pids are checked one by one; for more, listing /proc is cheaper. */
const MAX_PROBES = 256;
/** After this long a quick scan becomes a full one: by then the pids may have wrapped around unseen. */
const FULL_SCAN_EVERY_MS = 10_000;
/** Limits the search for processes that were forked during the scan: a storm of unrelated forks must not block us. */
const MAX_GAP_ROUNDS = 50;
const MAX_EMPTY_GAP_ROUNDS = 3;

/** Called for every member that a scan sees, at the moment it is seen. */
export type Visit = (member: Member, info: ProcessInfo, is_new: boolean) => void;

export class Scanner implements GroupScanner {
  /** Processes with this run's marker whose task has ended or is unknown. */
  readonly strays = new ProcessGroup("strays", this);
  readonly #members = new Map<number, Member>();
  readonly #groups = new Map<string, ProcessGroup>();
  /** Pids that are not ours; none of them can be reused before the pids wrap around. */
  readonly #ignored = new Set<number>();
  /** Pids that were in the middle of an exec: check them again. */
  readonly #pending = new Set<number>();
  /** Every process up to this pid has been checked. */
  #cursor: number | undefined;
  #full_at = Number.NEGATIVE_INFINITY;
  /** Called for every process that a scan finds. */
  onJoin: ((id: ProcessId) => void) | undefined;

  /** @param oldest start time before which no process of the run started; default: the start of the first leader */
  constructor(
    readonly table: ProcessTable,
    readonly run: string,
    private oldest?: number,
  ) {}

  has(task: string): boolean {
    return this.#groups.has(task);
  }

  /**
   * Begins a group with its first process, a child of ours that was started just now. No other group of this name may be open.
   * Most children end before anyone reads them, so the start time is read only when it is needed: see `ProcessGroup.startOf`.
   */
  add(task: string, leader_pid: number): ProcessGroup {
    const group = new ProcessGroup(task, this);
    this.#groups.set(task, group);
    if (this.#cursor === undefined) {
      // Processes older than the first one of the run are not ours, so scans need to check only newer ones.
      this.#cursor = leader_pid;
      this.#full_at = monotonicMs();
      this.oldest ??= this.table.read(leader_pid)?.start;
    }
    this.adopt(group, { pid: leader_pid, start: "unread" });
    return group;
  }

  /** Adds a process that is known from elsewhere to a group. */
  adopt(group: ProcessGroup, id: { pid: number; start: MemberStart }, comm = ""): Member {
    const member = { pid: id.pid, start: id.start, comm, group };
    group.members.set(id.pid, member);
    this.#members.set(id.pid, member);
    this.#ignored.delete(id.pid);
    this.#pending.delete(id.pid);
    return member;
  }

  /** The task has ended. If a process of it appears later, it is a stray. */
  remove(group: ProcessGroup): void {
    this.#groups.delete(group.task);
    for (const member of group.members.values()) {
      if (this.#members.get(member.pid) === member) this.#members.delete(member.pid);
    }
  }

  /** Forgets which processes are not ours, so that the next scan checks all again. */
  forget(): void {
    this.#ignored.clear();
    this.#full_at = monotonicMs();
  }

  /** Checks only processes started since the last scan: a few microseconds if there are none. Meant for a group whose leader is gone. */
  async quickScan(group: ProcessGroup): Promise<void> {
    const last = this.table.lastPid();
    const cursor = this.#cursor;
    const stale = monotonicMs() - this.#full_at > FULL_SCAN_EVERY_MS;
    if (stale || last === undefined || cursor === undefined || last < cursor || last - cursor > MAX_PROBES) {
      return this.scan();
    }
    const pids = [...this.#pending, ...this.#newPids(cursor, last)];
    this.#cursor = last;
    // If no member could fork during the scan, there is no gap to close.
    if (pids.length === 0 && group.members.size <= 1) return;
    await this.#classify(pids.filter((pid) => this.table.exists(pid)));
    await this.#closeGap(last, this.table.lastPid());
  }

  /** Checks every process, then those that were started meanwhile, until there are no more. */
  async scan(visit?: Visit): Promise<void> {
    const last = this.table.lastPid();
    const wrapped = last === undefined || this.#cursor === undefined || last < this.#cursor;
    if (wrapped || monotonicMs() - this.#full_at > FULL_SCAN_EVERY_MS) this.forget();
    await this.#classify(this.table.pids(), visit);
    if (last === undefined) return;
    this.#cursor = last;
    await this.#closeGap(last, this.table.lastPid(), visit);
  }

  async #closeGap(from: number, to: number | undefined, visit?: Visit): Promise<void> {
    let looked = from;
    let last = to;
    let empty = 0;
    for (let round = 0; round < MAX_GAP_ROUNDS && empty < MAX_EMPTY_GAP_ROUNDS; round++) {
      if (last === undefined || last === looked) break;
      const found = await this.#classify(
        this.#newPids(looked, last).filter((pid) => this.table.exists(pid)),
        visit,
      );
      empty = found > 0 ? 0 : empty + 1;
      looked = last;
      last = this.table.lastPid();
    }
    // Processes beyond the bounds are above the cursor: the next look sees them.
    this.#cursor = looked;
  }

  /** The pids that the system assigned after `from`, up to `to`. */
  #newPids(from: number, to: number): number[] {
    if (to < from) {
      this.forget();
      return this.table.pids();
    }
    if (to - from > MAX_PROBES) return this.table.pids().filter((pid) => pid > from);
    const pids: number[] = [];
    for (let pid = from + 1; pid <= to; pid++) {
      if (!this.#members.has(pid) && !this.#ignored.has(pid)) pids.push(pid);
    }
    return pids;
  }

  /** Sorts processes into members and others; returns the number of new members. */
  async #classify(pids: Iterable<number>, visit?: Visit): Promise<number> {
    let open: ProcessInfo[] = [];
    let found = 0;
    let sliceEnd = monotonicMs() + SLICE_MS;
    for (const pid of pids) {
      if (pid <= 1 || pid === process.pid || this.#ignored.has(pid)) continue;
      if (monotonicMs() > sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = monotonicMs() + SLICE_MS;
      }
      this.#pending.delete(pid);
      const info = this.table.read(pid);
      if (info === undefined) continue;
      const known = this.#members.get(pid);
      if (known !== undefined && isSameProcess(known, info)) {
        known.comm = info.comm;
        visit?.(known, info, false);
      } else if (info.start < (this.oldest ?? 0) || info.kernel) {
        this.#ignored.add(pid);
      } else if (!isDead(info)) {
        const group = this.#relative(info) ?? this.#marked(info);
        if (group === undefined) open.push(info);
        else {
          found++;
          this.#join(group, info, visit);
        }
      }
    }
    // A parent may have a higher pid than its child once the pids have wrapped around: repeat until nothing changes.
    for (let before = -1; before !== open.length; ) {
      before = open.length;
      open = open.filter((info) => {
        const group = this.#relative(info);
        if (group === undefined) return true;
        found++;
        this.#join(group, info, visit);
        return false;
      });
    }
    for (const info of open) if (!this.#pending.has(info.pid)) this.#ignored.add(info.pid);
    return found;
  }

  #join(group: ProcessGroup, info: ProcessInfo, visit: Visit | undefined): void {
    const member = this.adopt(group, info, info.comm);
    this.onJoin?.({ pid: info.pid, start: info.start });
    visit?.(member, info, true);
  }

  /** The group of the parent, the session or the system's group. */
  #relative(info: ProcessInfo): ProcessGroup | undefined {
    const parent = this.#members.get(info.ppid);
    if (parent !== undefined) {
      const holder = this.table.read(parent.pid);
      if (holder !== undefined && isSameProcess(parent, holder)) return parent.group;
    }
    for (const id of [info.sid, info.pgid]) {
      const member = this.#members.get(id);
      if (member === undefined || id === info.pid) continue;
      // The system does not reuse the id of a session or group while it has members, so only a later process can have it wrongly.
      const holder = this.table.read(id);
      if (holder === undefined || isSameProcess(member, holder)) return member.group;
    }
    return undefined;
  }

  #marked(info: ProcessInfo): ProcessGroup | undefined {
    const environ = this.table.environ(info.pid);
    if (environ === undefined) return undefined;
    if (environ.length === 0) {
      this.#pending.add(info.pid);
      return undefined;
    }
    const task = taskOfEnviron(environ, this.run);
    if (task === undefined) return undefined;
    return this.#groups.get(task) ?? this.strays;
  }
}
