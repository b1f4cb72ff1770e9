// The exit codes of the command line, in one place.
import { constants } from "node:os";
import { counts, interruptedBy, judgeRecord, type RunState } from "../summary/summary.js";

export const EXIT = {
  ok: 0,
  /** At least one task did not complete. */
  failed: 1,
  /** Nothing was run: flags, task file or configuration are invalid. */
  invalid: 2,
  /** Tasks are left that wait for a quota to reset. */
  waiting: 75,
} as const;

/** The exit code of a finished run. */
export function exitCodeOf(state: RunState): number {
  const by = interruptedBy(state);
  if (by === "SIGINT" || by === "SIGTERM" || by === "SIGHUP") return 128 + constants.signals[by];
  const { total, completed, waiting } = counts(state);
  const judged = judgeRecord(state)?.status ?? "OK";
  if (waiting > 0 || judged === "WAITING") return EXIT.waiting;
  return completed === total && judged === "OK" ? EXIT.ok : EXIT.failed;
}
