// Measures the columns of text on a terminal, and breaks text into lines of a width.
import type { Measure } from "../../util/cut.js";

/** Columns of a text on a terminal. */
export type Width = Measure;

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

export interface WrapOptions {
  /** Columns of a line. */
  columns: number;
  width?: Width;
  /** What the first line begins with, and what the others begin with. */
  first?: string;
  next?: string;
}

/** Lines broken between words; a word that is longer than a line, such as a path, is broken behind a `/`. */
export function wrap(text: string, options: WrapOptions): string[] {
  const { columns, width = (part) => part.length, first = "", next = "" } = options;
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  const add = (part: string, blank: string): void => {
    if (!isEmpty && width(line) + blank.length + width(part) > columns) {
      lines.push(line);
      line = next;
      isEmpty = true;
    }
    line += isEmpty ? part : blank + part;
    isEmpty = false;
  };
  for (const word of text.split(" ")) {
    const parts = width(next) + width(word) > columns ? word.split(/(?<=\/)/) : [word];
    for (const [i, part] of parts.entries()) add(part, i === 0 ? " " : "");
  }
  return [...lines, line.trimEnd()];
}
