// The group of all processes that one task started: its known members, which of them live, and signals to each.

import { type Kill, signalProcess } from "./signal.js";
import { isDead, type ProcessInfo, type ProcessTable } from "./table/table.js";

/**
 * When a member was started. `unread`: a child that we have neither waited for nor read yet, so its pid can't refer to
 * another process. `gone`: a child that has ended and was never read: no process has this start.
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

  /** Finds members that were started since the last scan. */
  scan(): Promise<void> {
    return this.scanner.quickScan(this);
  }

  /** The living members that scans have seen. */
  alive(): Member[] {
    const { table } = this.scanner;
    return [...this.members.values()].filter((member) => {
      if (member.start === "gone" || !table.exists(member.pid)) return false;
      const info = table.read(member.pid);
      return info !== undefined && isSameProcess(member, info) && !isDead(info);
    });
  }

  /** The start time of a leader that still lives; `undefined` if the platform does not tell. */
  startOf(leader_pid: number): number | undefined {
    const member = this.members.get(leader_pid);
    if (member?.start === "unread") member.start = this.scanner.table.read(leader_pid)?.start ?? "unread";
    return typeof member?.start === "number" ? member.start : undefined;
  }

  /** Call as soon as the leader is known to be gone: from then on its pid may refer to another process. */
  leaderGone(leader_pid: number): void {
    const member = this.members.get(leader_pid);
    if (member?.start === "unread") member.start = "gone";
  }

  /** Signals one member if its pid still refers to it; `false` = no signal was sent. */
  signal({ pid, start }: Member, signal: NodeJS.Signals, send?: Kill): boolean {
    return typeof start === "number" && signalProcess({ pid, start }, signal, this.scanner.table, send);
  }
}

/** Whether the process that was read is the member. Records the start of a child that was not read before. */
export function isSameProcess(member: Member, info: ProcessInfo): boolean {
  if (member.start === "unread") member.start = info.start;
  return member.start === info.start;
}
