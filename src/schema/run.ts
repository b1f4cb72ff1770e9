// The kinds and states of runs as plain values: the web page needs them without the schema library.

/** The commands, and the routes, that run tasks. */
export const RUN_KINDS = ["parallel", "chain", "compare", "prompt"] as const;

/**
 * The state of a recorded run. `running`: a living process works on it. `interrupted`: it ended before its tasks did.
 * `waiting`: tasks wait for a quota. `finished`: every task has ended.
 */
export const RUN_STATUSES = ["running", "interrupted", "waiting", "finished"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The same for a server, where an accepted run may still be `queued`. */
export const API_RUN_STATUSES = ["queued", ...RUN_STATUSES] as const;
export type ApiRunStatus = (typeof API_RUN_STATUSES)[number];

/** The outcome of a run so far: `failed` as soon as a task or the judge fails; `succeeded` when all have succeeded. */
export const RUN_OUTCOMES = ["succeeded", "failed"] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** Filters of a list of runs: a status, or the runs in which a task failed. */
export const RUN_FILTERS = [...API_RUN_STATUSES, "failed"] as const;
export type RunFilter = (typeof RUN_FILTERS)[number];
