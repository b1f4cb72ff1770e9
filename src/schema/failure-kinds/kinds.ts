// The one table of failure kinds: labels of tables, sentences of messages, and the texts of `clinvk explain`. Reports,
// the dashboard, the command line and docs/reference/failures.md all read it.
import { FAILURE_KINDS, type FailureKind } from "../failure.js";
import { DEFAULT_RETRIES, type KindInfo } from "./kind-info.js";
import { SERVICE_FAILURES } from "./service.js";
import { TASK_FAILURES } from "./task.js";

export { DEFAULT_RETRIES } from "./kind-info.js";

export const KIND_INFO: Readonly<Record<FailureKind, KindInfo>> = { ...SERVICE_FAILURES, ...TASK_FAILURES };

/** The kinds that are retried by default. */
export const RETRIED_KINDS: readonly FailureKind[] = FAILURE_KINDS.filter((kind) => KIND_INFO[kind].retried === true);

/** One kind as `clinvk explain --json` prints it. */
export interface Explanation extends Pick<KindInfo, "summary" | "meaning" | "what_clinvk_does" | "what_you_can_do"> {
  kind: FailureKind;
  /** Default number of retries. */
  default_retries: number;
  /** The same in words. */
  retried: string;
}

/** The explanation of one kind. */
export function explain(kind: FailureKind): Explanation {
  const { summary, meaning, what_clinvk_does, what_you_can_do, retried } = KIND_INFO[kind];
  const default_retries = retried === true ? DEFAULT_RETRIES : 0;
  const words = retried === true ? `up to ${DEFAULT_RETRIES} times` : (retried ?? "no");
  return { kind, retried: words, summary, meaning, what_clinvk_does, what_you_can_do, default_retries };
}

/** All of them, in the order in which the schema lists the kinds. */
export function explainAll(): Explanation[] {
  return FAILURE_KINDS.map(explain);
}
