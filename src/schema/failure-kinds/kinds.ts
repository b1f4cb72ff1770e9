// The one table of failure kinds: labels of tables, sentences of messages, and the texts of `clinvk explain`. Reports,
// the dashboard, the command line and docs/reference/failures.md all read it.
import { FAILURE_KINDS, type FailureKind } from "../failure.js";
import { DEFAULT_PATIENCE_SECONDS, type KindInfo } from "./kind-info.js";
import { SERVICE_FAILURES } from "./service.js";
import { TASK_FAILURES } from "./task.js";

export { DEFAULT_PATIENCE_SECONDS, DEFAULT_RETRIES } from "./kind-info.js";

export const KIND_INFO: Readonly<Record<FailureKind, KindInfo>> = { ...SERVICE_FAILURES, ...TASK_FAILURES };

/** The kinds that are retried by default, until `patience_seconds` have passed: the service or the way to it will recover. */
export const RETRIED_KINDS: readonly FailureKind[] = FAILURE_KINDS.filter((kind) => KIND_INFO[kind].retried === true);

/** One kind as `clinvk explain --json` prints it. */
export interface Explanation extends Pick<KindInfo, "summary" | "meaning" | "what_clinvk_does" | "what_you_can_do"> {
  kind: FailureKind;
  /** How often it is tried again by default; `null` = as often as fits into `default_patience_seconds`. */
  default_retries: number | null;
  /** How long it is tried again by default; 0 = it is not. */
  default_patience_seconds: number;
  /** The same in words. */
  retried: string;
}

/** The explanation of one kind. */
export function explain(kind: FailureKind): Explanation {
  const { summary, meaning, what_clinvk_does, what_you_can_do, retried } = KIND_INFO[kind];
  const [words, default_retries, default_patience_seconds] =
    retried === true
      ? [`for ${DEFAULT_PATIENCE_SECONDS / 60} minutes`, null, DEFAULT_PATIENCE_SECONDS]
      : [retried ?? "no", 0, 0];
  const defaults = { default_retries, default_patience_seconds };
  return { kind, retried: words, summary, meaning, what_clinvk_does, what_you_can_do, ...defaults };
}

/** All of them, in the order in which the schema lists the kinds. */
export function explainAll(): Explanation[] {
  return FAILURE_KINDS.map(explain);
}
