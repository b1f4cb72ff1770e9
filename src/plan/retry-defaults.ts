// What is tried again if nobody says otherwise.
import type { FailureKind } from "../schema/failure.js";

/** What is retried if a task does not say otherwise: failures that pass by themselves. */
export const RETRIED_KINDS: readonly FailureKind[] = ["rate_limited", "overloaded", "network", "stalled"];

export const DEFAULT_RETRIES = 2;
