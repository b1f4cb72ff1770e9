// Finds the recorded run that an argument names (an id, a part of one, or `last`), and tasks of it.
import { findTasks } from "../plan/find-tasks.js";
import { findRun, overviewOf, runIds } from "../store/runs.js";
import { err, ok, type Result } from "../util/result.js";
import type { Io } from "./io.js";
import { fail } from "./refuse.js";

/** Its description in help texts. */
export const RUN_HELP = "id of a run, a beginning or end of one, or `last`";

/** The id of the run that is meant; `last` is the one that began last. The error says why there is none. */
export function findRunArgument(home: string, argument: string): Result<string, string> {
  if (argument !== "last") return findRun(home, argument);
  const newest = newestRun(home);
  return newest === undefined ? err(`there are no runs in ${home}`) : ok(newest);
}

/** An id has the second of the start; for several runs in one second, their journals have the exact time. */
function newestRun(home: string): string | undefined {
  const [first, ...others] = runIds(home);
  const second = first?.replace(/-[^-]+$/, "");
  const rivals = others.filter((id) => second !== undefined && id.startsWith(second));
  if (first === undefined || rivals.length === 0) return first;
  const started = [first, ...rivals].map((id) => ({ id, time: overviewOf(home, id).start_time ?? "" }));
  return started.reduce((last, one) => (one.time > last.time ? one : last)).id;
}

/** Calls `use` with the run, or prints why `command` can't find it. */
export async function withRun(
  { home, argument, command }: { home: string; argument: string; command: string },
  io: Io,
  use: (runId: string) => Promise<number>,
): Promise<number> {
  const found = findRunArgument(home, argument);
  return found.ok ? use(found.value) : fail(io, command, found.error);
}

/** The ids of the tasks of a run that a person names as for `--only`. The error says what they are called. */
export function findTasksOfRun(
  words: readonly string[],
  tasks: readonly { readonly task_id: string; readonly name: string }[],
): Result<ReadonlySet<string>, string> {
  const { ids, problems } = findTasks(
    words,
    tasks.map(({ task_id, name }) => ({ id: task_id, name })),
  );
  const [first] = problems;
  return first === undefined ? ok(ids) : err(`${first.message} — ${first.hint}`);
}
