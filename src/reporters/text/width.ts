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
    const isPath = width(next) + width(word) > columns && !word.includes("`");
    const parts = isPath ? word.split(/(?<=\/)/) : [word];
    for (const [i, part] of parts.entries()) add(part, i === 0 ? " " : "");
  }
  return [...lines, line.trimEnd()];
}

/** A command for copying, with or without a label before it. */
const COMMAND = /^(?<label>[\w ]+: +)?(?<command> *clinvk [a-z]+ [^:]*)$/;
/** A command of the agent's shell, in the steps of a task. */
const SHELL_COMMAND = /^(\[[^\]]*\] )?\$ /;
/** Text in backticks is one word: a command, a field or an id. */
const CODE = /`[^`\n]+`/g;
const NO_BREAK = "\u00a0";

/**
 * Breaks the lines of a text for a person between words, and indents what follows. A command or an id stays whole: it
 * gets a line of its own. Lines that fit stay as they are, also those that were fitted before.
 */
export function fitText(text: string, columns: number): string {
  return text.replace(/[^\n]+/g, (line) => (widthAtMost(line) <= columns ? line : fitLine(line, columns).join("\n")));
}

function fitLine(line: string, columns: number): string[] {
  if (SHELL_COMMAND.test(line)) return [line];
  const { label, command } = COMMAND.exec(line)?.groups ?? {};
  if (command !== undefined) return label === undefined ? [line] : [label.trimEnd(), `  ${command}`];
  const indent = /^ */.exec(line)?.[0] ?? "";
  const kept = line.slice(indent.length).replace(CODE, (code) => code.replaceAll(" ", NO_BREAK));
  const options = { columns, width: widthAtMost, first: indent, next: `${indent}  ` };
  return wrap(kept, options).map((one) => one.replaceAll(NO_BREAK, " "));
}

/** Characters that may take two columns; the others take one at most. */
const MAYBE_WIDE = /[^ -~\u00a0-\u02af–—‘’“”…]/g;

/** An upper bound, for texts that can't wait until the tables of Unicode are loaded. */
function widthAtMost(text: string): number {
  return text.length + (text.match(MAYBE_WIDE)?.length ?? 0);
}
