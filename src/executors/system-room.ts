// Whether the system has room for one more CLI: looked at before anything of an attempt is made or told.
import { closeSync, openSync, readFileSync } from "node:fs";

/** Pipes, scratch files and the pipes' other ends while a CLI is started, and some for a report that ends at that moment. */
const NEEDED = 16;

/** The system's error if this process may not open the descriptors that the start of a CLI needs. */
export function noDescriptors(): NodeJS.ErrnoException | undefined {
  const open: number[] = [];
  try {
    for (let count = 0; count < NEEDED; count += 1) open.push(openSync("/dev/null", "r"));
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** What clinvk itself holds open, and what each running CLI adds (Node 20.20 on Linux). */
const OWN = 30;
const PER_TASK = 3;

/** A warning if this process may open too few files for so many CLIs at once. Only Linux tells the limit cheaply. */
export function descriptorWarning(at_once: number): string | undefined {
  const limit = /^Max open files +(\d+)/m.exec(limits())?.[1];
  if (limit === undefined || Number(limit) >= OWN + NEEDED + PER_TASK * at_once) return undefined;
  return `${limit} files may be open at once (\`ulimit -n\`), too few for ${at_once} tasks at once: some will wait until others have ended`;
}

function limits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
