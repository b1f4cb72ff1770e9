// The exit code of a finished run.
import { constants } from "node:os";
import { counts, interruptedBy, judgeRecord, type RunState } from "../summary/summary.js";
import { EXIT } from "./exit-codes.js";

export function exitCodeOf(state: RunState): number {
  const by = interruptedBy(state);
  if (by === "SIGINT" || by === "SIGTERM" || by === "SIGHUP") return 128 + constants.signals[by];
  const { total, completed, waiting } = counts(state);
  const judged = judgeRecord(state)?.status ?? "OK";
  if (waiting > 0 || judged === "WAITING") return EXIT.waiting;
  return completed === total && judged === "OK" ? EXIT.ok : EXIT.failed;
}
