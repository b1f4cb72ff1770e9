// Where the output of a CLI goes that loses the end of it in a pipe: into a file, on a disk that has room for it.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StdoutFileSpec } from "../process/stdout-file.js";
import type { Task } from "../schema/task.js";
import { freeBytes } from "../util/disk-room.js";
import { streamLimit } from "./output-limits.js";

/** An attempt's output rarely takes more than this. */
const USUAL_BYTES = 32 * 1024 * 1024;
/** Linux keeps what is here in memory. */
const IN_MEMORY = "/dev/shm";

/**
 * The file for an attempt's output, by default in the attempt's directory; if the disk is nearly full, where temporary
 * files or shared memory are. It loses its name as soon as it is open. `undefined`: no place has room.
 */
export function stdoutFile(
  scratch: string,
  task: Pick<Task, "output_limit_bytes">,
  free: (dir: string) => number | undefined = freeBytes,
): StdoutFileSpec | undefined {
  const hasRoom = (dir: string) => (free(dir) ?? USUAL_BYTES) >= USUAL_BYTES;
  const max_bytes = streamLimit(task);
  if (hasRoom(scratch)) return { path: join(scratch, ".stdout"), max_bytes };
  const dir = [tmpdir(), IN_MEMORY].find(hasRoom);
  return dir === undefined ? undefined : { path: join(dir, `.clinvk-${randomUUID()}`), max_bytes };
}

/** The directory that a person knows: not that of the attempt, which is gone by then. */
export function knownDir({ path }: StdoutFileSpec): string {
  return path.endsWith("/.stdout") ? dirname(dirname(dirname(path))) : dirname(path);
}
