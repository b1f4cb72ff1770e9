// The argument of a command that means a recorded run: an id, a part of one, or `last`.
import { findRun, overviewOf, runIds } from "../store/runs.js";
import { err, ok, type Result } from "../util/result.js";
import type { Io } from "./io.js";
import { fail } from "./refuse.js";

/** How helps call it. */
export const RUN_HELP = "id of a run, a beginning or end of one, or `last`";

/** The id of the run that is meant; `last` is the one that began last. The error says why there is none. */
export function findRunArgument(home: string, argument: string): Result<string, string> {
  if (argument !== "last") return findRun(home, argument);
  const newest = newestRun(home);
  return newest === undefined ? err(`there are no runs in ${home}`) : ok(newest);
}

/** An id tells the second of the start: of several in one second their journals tell which was the last. */
function newestRun(home: string): string | undefined {
  const [first, ...others] = runIds(home);
  const second = first?.replace(/-[^-]+$/, "");
  const rivals = others.filter((id) => second !== undefined && id.startsWith(second));
  if (first === undefined || rivals.length === 0) return first;
  const started = [first, ...rivals].map((id) => ({ id, time: overviewOf(home, id).start_time ?? "" }));
  return started.reduce((last, one) => (one.time > last.time ? one : last)).id;
}

/** Uses the run that is meant, or says for `command` why it can't be found. */
export async function withRun(
  { home, argument, command }: { home: string; argument: string; command: string },
  io: Io,
  use: (runId: string) => Promise<number>,
): Promise<number> {
  const found = findRunArgument(home, argument);
  return found.ok ? use(found.value) : fail(io, command, found.error);
}
