// The texts about one kind of failure, and the sentences that several kinds share.

/** How long a failure of a kind that is `retried` is tried again if a task does not say otherwise. */
export const DEFAULT_PATIENCE_SECONDS = 600;

/** How often a failure of another kind is tried again if `retry_on` names it and the task does not say how often. */
export const DEFAULT_RETRIES = 2;

/** All texts about one kind. Text in backquotes is typed by a person or written into a file. */
export interface KindInfo {
  /** Two or three words, for a column of a table. */
  label: string;
  /** The label is not enough: the failure's own message follows it. */
  message_follows?: true;
  /** The beginning of the failure's message; the CLI's own words follow. */
  lead: string;
  /** Short advice, without capital and full stop, for the line below a failure. Absent = there is no short advice. */
  hint?: string;
  /** A few words for a list. */
  summary: string;
  /** What has happened, and how clinvk recognises it. */
  meaning: string;
  /** What clinvk does by itself. */
  what_clinvk_does: string;
  /** Each a sentence. */
  what_you_can_do: readonly string[];
  /** `true`: tried again with patience if a task does not say otherwise. A text: when another attempt follows by another rule. */
  retried?: true | string;
}

const PATIENCE_WORDS = `until \`patience_seconds\` (${DEFAULT_PATIENCE_SECONDS} s if not given) have passed`;
export const RETRIED = `The task is tried again ${PATIENCE_WORDS} since the first failure of this kind, after 5, 10, 20, 40 and then 60 seconds each.`;
export const MORE_PATIENCE =
  "Allow more time: `patience_seconds` of the task, or `retry.patience_seconds` of the configuration.";
export const NOT_RETRIED = "The task fails at once: trying again would change nothing.";
export const PAUSES = `The whole backend pauses, for as long as the service asks and otherwise for 5, 10, 20, 40 and then 60 seconds. Then one task tries, and the others wait for its answer. This goes on ${PATIENCE_WORDS} since the service last answered. Afterwards half as many tasks run at once, and one more as tasks succeed.`;
