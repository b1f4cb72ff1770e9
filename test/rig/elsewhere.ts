// Makes a lock or a scratch directory look as a process in another container would have left it.
import {
  lutimesSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const ELSEWHERE = { host: "pod-a", pid_namespace: "pid:[1]", boot: "another" };

/** Rewrites the owner of a run's or session's lock. */
export function lockSeemsElsewhere(dir: string): void {
  const path = lockPath(dir);
  const owner = JSON.parse(readlinkSync(path));
  unlinkSync(path);
  symlinkSync(JSON.stringify({ ...owner, ...ELSEWHERE }), path);
}

/** Rewrites the owner of a run's scratch directory. */
export function scratchSeemsElsewhere(dir: string): void {
  const path = join(dir, "owner");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...ELSEWHERE }));
}

/** As if the last sign of life, of a lock or a scratch directory, were this old. */
export function silentFor(dir: string, seconds: number): void {
  const last = Date.now() / 1000 - seconds;
  for (const name of ["alive", "owner"].filter((sign) => readdirSync(dir).includes(sign)))
    utimesSync(join(dir, name), last, last);
  if (readdirSync(dir).some((name) => name.startsWith("lock."))) lutimesSync(lockPath(dir), last, last);
}

function lockPath(dir: string): string {
  return join(dir, readdirSync(dir).find((name) => name.startsWith("lock.")) ?? "");
}
