// Starts stub process trees and tells what of them lives, by a token in their command lines and not by the code under test.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const scripts = import.meta.dirname;
let tokens = 0;

/** A number that no other process has in its command line. */
export function newToken(): string {
  return `${process.pid}${String(++tokens).padStart(3, "0")}${String(Math.floor(Math.random() * 1e6)).padStart(6, "0")}`;
}

export type Shape = "own-session" | "daemon" | "empty-env" | "stubborn" | "chain" | "fan";

/** Arguments of `/bin/sh` for a tree of these shapes; it prints `ready` when all are started. */
export function treeArgs(token: string, ...shapes: Shape[]): string[] {
  return [join(scripts, "tree.sh"), token, ...shapes];
}

/** Arguments of `/bin/sh` for a chain alone, which ends as one `sleep`. */
export function chainArgs(token: string): string[] {
  return [join(scripts, "chain.sh"), "200", token];
}

/** The processes with the token that live: `pid command line`. */
export function alive(token: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
    if (command.includes(token) && !/\) [ZX]/.test(read(`/proc/${pid}/stat`))) found.push(`${pid} ${command}`);
  }
  return found;
}

/** Polls until it holds; fails after `timeout_ms` with what `describe` says. */
export async function eventually(holds: () => boolean, describe: () => unknown, timeout_ms = 60_000): Promise<void> {
  const deadline = performance.now() + timeout_ms;
  while (!holds()) {
    if (performance.now() > deadline)
      throw new Error(`still not so after ${timeout_ms} ms: ${JSON.stringify(describe())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
