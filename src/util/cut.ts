// Texts that are too long for their place: the one way in which they are cut.

/** How long a text is: in UTF-16 units, or in columns of a terminal. */
export type Measure = (text: string) => number;

/** Text in which each UTF-16 unit is one character and one column. */
const PLAIN = /^[ -~]*$/;

/**
 * At most `most` of `text`, as `measure` counts (UTF-16 units unless told); what is cut off becomes `…`. Never cuts
 * within what a reader sees as one character.
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

/** The end of `text`, as much of it as `cut` keeps of a beginning; what is cut off in front of it becomes `…`. */
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
