// Which runs there are and how they stand, in plain values: the web page needs them without the schema library.

/** The commands, and the routes, that run tasks. */
export const RUN_KINDS = ["parallel", "chain", "compare", "prompt"] as const;

/**
 * How a recorded run stands. `running`: a living process works on it. `interrupted`: it ended before its tasks did.
 * `waiting`: tasks wait for a quota. `finished`: every task has ended.
 */
export const RUN_STATUSES = ["running", "interrupted", "waiting", "finished"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The same for a server, where an accepted run may still be `queued`. */
export const API_RUN_STATUSES = ["queued", ...RUN_STATUSES] as const;
export type ApiRunStatus = (typeof API_RUN_STATUSES)[number];

/** How a run came out so far: `failed` as soon as a task, or the judge, has failed; `succeeded` once all of them did. */
export const RUN_OUTCOMES = ["succeeded", "failed"] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** What a list of runs can be narrowed to: a status, or the runs in which something failed. */
export const RUN_FILTERS = [...API_RUN_STATUSES, "failed"] as const;
export type RunFilter = (typeof RUN_FILTERS)[number];
