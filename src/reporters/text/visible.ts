// Makes untrusted text safe for a terminal or a log: an answer must not move the cursor, change the title or fake output.
import { cut } from "../../util/cut.js";
import { byNumber, replaceHidden } from "../../util/hidden.js";

/** Every control character but line feed and tab; a CR before LF is an ordinary line end. */
const CONTROLS = /\r\n|[^\P{Cc}\n\t]/gu;

/**
 * Makes control characters visible: ESC as `^[`, C1 as `\x9b`; hidden ones as `‹U+202E›`. Everything else stays as it is.
 * `before` is the text that was shown in front of this one.
 */
export function visible(text: string, before = ""): string {
  const shown = text.replace(CONTROLS, (match) => {
    if (match === "\r\n") return match;
    const code = match.charCodeAt(0);
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    return code === 0x7f ? "^?" : `\\x${code.toString(16)}`;
  });
  return replaceHidden(shown, byNumber, before);
}

/** On one line: runs of line breaks and control characters become one space, and nothing hides or turns text around. For names and ids. */
export function oneLine(text: string): string {
  return replaceHidden(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " "), () => "").trim();
}

/** How much of a name a heading has: only a name that nobody reads to its end is cut. */
const HEADING_NAME = 200;
/** How much of a name a line among others has, as in the tables. */
const LINE_NAME = 40;

/** The name of a task or a run, on one line, cut for its place. */
export function nameIn(place: "heading" | "line", name: string): string {
  return cut(oneLine(name), place === "heading" ? HEADING_NAME : LINE_NAME);
}
