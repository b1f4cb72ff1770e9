// Random names and numbers. Reads the system's random bytes: loading `node:crypto` costs a start 4 ms of CPU.
import { closeSync, openSync, readSync } from "node:fs";

/** This many random bytes, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  let source: number;
  try {
    source = openSync("/dev/urandom", "r");
  } catch {
    // The file is missing, or no descriptor is left: this needs neither.
    return process.getBuiltinModule("node:crypto").randomBytes(bytes).toString("hex");
  }
  try {
    readSync(source, buffer);
  } finally {
    closeSync(source);
  }
  return buffer.toString("hex");
}

/** Numbers in [0, 1), the same ones for the same text (mulberry32, seeded by FNV-1a). */
export function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy in random order. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}

/** E.g. `20261123-174512-3f9a1c`, in UTC. */
export function newRunId(now: Date = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${stamp}-${randomHex(3)}`;
}
