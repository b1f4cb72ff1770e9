// What is said about one kind of failure, and the sentences that several kinds share.

/** How often a task is tried again if it does not say otherwise, after a failure of a kind that is `retried`. */
export const DEFAULT_RETRIES = 2;

/** Everything that clinvk says about one kind. Texts in backquotes are what a person types or writes into a file. */
export interface KindInfo {
  /** Two or three words, for a column of a table. */
  label: string;
  /** The label says too little: the failure's own message follows it. */
  message_follows?: true;
  /** How the failure's message begins; the CLI's own words follow. */
  lead: string;
  /** What to do, in half a sentence, for the line below a failure. Absent = there is nothing short to advise. */
  hint?: string;
  /** A few words for a list. */
  summary: string;
  /** What has happened, and how clinvk tells it apart. */
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
