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
