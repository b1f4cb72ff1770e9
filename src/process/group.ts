// The group of all processes that one task started: its known members, which of them live, and signals to each.

import { type Kill, signalProcess } from "./signal.js";
import { isDead, type ProcessInfo, type ProcessTable } from "./table/table.js";

/**
 * When a member was started. `unread`: a child that we have not yet waited for and not yet looked at: its pid can't mean another
 * process. `gone`: a child that has ended and was never looked at: no process has this start.
 */
export type MemberStart = number | "unread" | "gone";

export interface Member {
  pid: number;
  start: MemberStart;
  comm: string;
  group: ProcessGroup;
}

/** Finds a group's processes. */
export interface GroupScanner {
  readonly table: ProcessTable;
  quickScan(group: ProcessGroup): Promise<void>;
}

export class ProcessGroup {
  /** By pid, dead or alive. */
  readonly members = new Map<number, Member>();

  constructor(
    readonly task: string,
    readonly scanner: GroupScanner,
  ) {}

  /** Looks for members that were started since the last look. */
  scan(): Promise<void> {
    return this.scanner.quickScan(this);
  }

  /** The members that live, as far as scans have seen them. */
  alive(): Member[] {
    const { table } = this.scanner;
    return [...this.members.values()].filter((member) => {
      if (member.start === "gone" || !table.exists(member.pid)) return false;
      const info = table.read(member.pid);
      return info !== undefined && isSameProcess(member, info) && !isDead(info);
    });
  }

  /** The start time of a leader that is not gone; `undefined` if the platform does not tell. */
  startOf(leader_pid: number): number | undefined {
    const member = this.members.get(leader_pid);
    if (member?.start === "unread") member.start = this.scanner.table.read(leader_pid)?.start ?? "unread";
    return typeof member?.start === "number" ? member.start : undefined;
  }

  /** Must be called as soon as we were told that the leader is gone: from now on its pid may mean another process. */
  leaderGone(leader_pid: number): void {
    const member = this.members.get(leader_pid);
    if (member?.start === "unread") member.start = "gone";
  }

  /** Signals one member if its pid still means it; `false` = nothing was sent. */
  signal({ pid, start }: Member, signal: NodeJS.Signals, send?: Kill): boolean {
    return typeof start === "number" && signalProcess({ pid, start }, signal, this.scanner.table, send);
  }
}

/** Is the process that was read the member? Learns the start of a child that was not looked at before. */
export function isSameProcess(member: Member, info: ProcessInfo): boolean {
  if (member.start === "unread") member.start = info.start;
  return member.start === info.start;
}
