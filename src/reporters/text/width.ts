// How many columns text takes on a terminal.

export type Width = (text: string) => number;

const PLAIN = /^[ -~]*$/;

/**
 * A measure that is right for `texts` and parts of them. The tables of Unicode are loaded only if a text needs them:
 * they cost as much CPU as the start of Node itself.
 */
export async function widthFor(texts: readonly string[]): Promise<Width> {
  if (texts.every((text) => PLAIN.test(text))) return (text) => text.length;
  const { stringWidth } = await import("./string-width.js");
  return (text) => (PLAIN.test(text) ? text.length : stringWidth(text));
}

/** At most `max` columns of `text`; what is cut off is replaced by `…`. Never cuts within what a reader sees as one character. */
export function cut(text: string, max: number, width: Width): string {
  if (width(text) <= max) return text;
  if (PLAIN.test(text)) return `${text.slice(0, max - 1)}…`;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += width(segment);
    if (used > max - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
