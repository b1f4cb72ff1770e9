// Tells a person what is waited for: a pipe without a writer delivers nothing, and says nothing.

/** Takes what is waited for, as a person knows it: `the prompt on stdin`. */
export type OnWait = (what: string) => void;

/** A source that has not been read after this long is named. */
const WAIT_MS = 3000;

/** The result of `reading`; if it takes long, `onWait` is called once meanwhile. */
export async function tellIfSlow<T>(what: string, onWait: OnWait | undefined, reading: Promise<T>): Promise<T> {
  const timer = onWait && setTimeout(() => onWait(what), WAIT_MS);
  try {
    return await reading;
  } finally {
    clearTimeout(timer);
  }
}
