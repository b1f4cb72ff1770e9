// Cuts texts that are too long for their place; every room cuts with these functions.

/** How long a text is: in UTF-16 units, or in columns of a terminal. */
export type Measure = (text: string) => number;

/** Matches text in which each UTF-16 unit is one character and one column. */
const PLAIN = /^[ -~]*$/;

/**
 * The beginning of `text`, at most `most` long by `measure` (default: UTF-16 units); `…` replaces the rest. Never
 * cuts within a character as a reader sees it.
 */
export function cut(text: string, most: number, measure: Measure = (part) => part.length): string {
  if (measure(text) <= most) return text;
  const beginning = text.slice(0, most - 1);
  if (PLAIN.test(beginning) && PLAIN.test(text.charAt(beginning.length))) return `${beginning}…`;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += measure(segment);
    if (used > most - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The end of `text`, with the same limit as `cut`; `…` replaces the part before it. */
export function cutFront(text: string, most: number, measure: Measure = (part) => part.length): string {
  if (measure(text) <= most) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of [...new Intl.Segmenter().segment(text)].reverse()) {
    used += measure(segment);
    if (used > most - 1) break;
    kept = segment + kept;
  }
  return `…${kept}`;
}
