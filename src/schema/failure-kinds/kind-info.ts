// The texts about one kind of failure, and the sentences that several kinds share.

/** Default number of retries after a failure of a kind that is `retried`. */
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
  /** `true`: tried again if a task does not say otherwise. A text: when another attempt follows by another rule. */
  retried?: true | string;
}

export const RETRIED = `The task is tried again up to ${DEFAULT_RETRIES} times, after a pause that doubles each time and is drawn at random; \`Retry-After\` of the service is honoured.`;
export const NOT_RETRIED = "The task fails at once: trying again would change nothing.";
export const SLOWS_DOWN =
  "clinvk also halves the number of this backend's tasks that run at once, and raises it one by one as tasks succeed.";
