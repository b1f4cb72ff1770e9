// Writes a command line so that a POSIX shell reads back exactly the same words.

/** Joins words into one line; a word with anything special in it is put in single quotes. */
export function shellQuote(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
