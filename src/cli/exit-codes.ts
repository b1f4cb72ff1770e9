// The exit codes of the command line, in one place. The entry point needs them, so this file loads no other.

export const EXIT = {
  ok: 0,
  /** At least one task did not complete. */
  failed: 1,
  /** Nothing was run: flags, task file or configuration are invalid. */
  invalid: 2,
  /** Tasks are left that wait for a quota to reset. */
  waiting: 75,
} as const;
