// Makes and reads the marker: an environment variable by which we recognise every process that a task started, in any group
// or session.
import { randomHex } from "../util/random.js";

/** Holds a chain like `:run.task:run.task:`, so that an outer run still recognises the children of a run inside it. */
export const MARKER_VARIABLE = "CLINVK_RUN_CHAIN";

const CHAIN = /^:([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+:)*$/;
const TASK = /^[A-Za-z0-9_-]+$/;

/** A unique name for a run: 128 random bits as hex. */
export function newRunMarker(): string {
  return randomHex(16);
}

/** The value of the marker variable for one task. `inherited` is our own value; anything but a chain is dropped. */
export function markerChain(inherited: string | undefined, run: string, task: string): string {
  if (!TASK.test(run) || !TASK.test(task)) {
    throw new Error(`A run or task marker may hold only A-Z a-z 0-9 _ and -, not ${JSON.stringify(`${run}.${task}`)}.`);
  }
  const chain = inherited !== undefined && CHAIN.test(inherited) ? inherited : ":";
  return `${chain}${run}.${task}:`;
}

/** The task of `run` to which an environment block belongs; `undefined` = no task of this run. */
export function taskOfEnviron(environ: Buffer, run: string): string | undefined {
  const prefix = `:${run}.`;
  const at = environ.indexOf(prefix, 0, "latin1");
  if (at < 0) return undefined;
  const from = at + prefix.length;
  const end = environ.indexOf(":", from, "latin1");
  return end < 0 ? undefined : environ.toString("latin1", from, end);
}
