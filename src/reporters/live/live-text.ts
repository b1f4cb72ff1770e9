// Prepares names, tool calls and answers for one line of the live view: makes them safe, and measures their width.
import { stripVTControlCharacters } from "node:util";
import type { TaskRecord } from "../../schema/result.js";
import { cut } from "../../util/cut.js";
import { failureWords } from "../text/failure-text.js";
import { durationWords } from "../text/number-text.js";
import { colored } from "../text/paint.js";
import { oneLine } from "../text/visible.js";
import type { Width } from "../text/width.js";

/** How and when something is drawn, and how much room there is. */
export interface FrameOptions {
  columns: number;
  rows: number;
  /** Milliseconds since 1970. */
  now: number;
  color: boolean;
  /** `false`: ASCII only. */
  unicode: boolean;
  width: Width;
}

/** Only this much of a text is read: no terminal is wider. In UTF-16 units. */
const LONGEST = 1000;
/** Terminals disagree about its width. */
const SOFT_HYPHEN = /\u00ad/g;

const LONE_SURROGATE = /\p{Cs}/gu;

/** One line that moves nothing but the cursor to the right; escape sequences are dropped, line ends become spaces. */
export function plainLine(text: string, unicode = true): string {
  const safe = stripVTControlCharacters(text.slice(0, LONGEST)).replace(LONE_SURROGATE, "\ufffd");
  const line = oneLine(safe).replace(SOFT_HYPHEN, "");
  return unicode ? line : ascii(line);
}

/** The last line that is not blank. */
export function lastLine(text: string, unicode = true): string {
  const lines = text.slice(-LONGEST).split(/[\r\n\u0085\u2028\u2029]+/);
  for (let i = lines.length - 1; i >= 0; i -= 1) {
    const line = plainLine(lines[i] ?? "", unicode);
    if (line !== "") return line;
  }
  return "";
}

/** How a task has ended, on one line: `✓ Task 1  claude  4.1 s`, `✗ Task 2  codex  Rate limited (429)`. */
export function resultLine(
  record: TaskRecord,
  { columns, color, unicode, width }: Pick<FrameOptions, "columns" | "color" | "unicode" | "width">,
): string {
  const { name, backend, status, failure, duration_seconds } = record;
  const isOk = status === "OK";
  const sign = unicode ? (isOk ? "✓" : "✗") : isOk ? "+" : "x";
  const words = isOk ? durationWords(duration_seconds) : failure === undefined ? status : failureWords(failure);
  const line = `${plainLine(name, unicode)}  ${plainLine(backend, unicode)}  ${plainLine(words, unicode)}`;
  return `${color ? colored(isOk ? "green" : "red", sign) : sign} ${cut(line, Math.max(1, columns - 2), width)}`;
}

/** For terminals that know nothing else. */
export function ascii(text: string): string {
  return text
    .replaceAll("…", "~")
    .replaceAll(" · ", " | ")
    .replace(/[^ -~]/gu, "?");
}

/** Text whose every UTF-16 unit takes one column: Latin letters, and the symbols of the view itself. */
const SINGLE = /^[ -~\u00a1-\u02af…\u2800-\u28ff]*$/;

/**
 * Measures text. The tables of Unicode (100 ms of CPU) are loaded when a text first needs them; until then the answer is
 * an upper bound, and `onLoad` is called when it is exact.
 */
export function lazyWidth(onLoad: () => void): Width {
  let exact: Width | undefined;
  let asked = false;
  return (text) => {
    if (SINGLE.test(text)) return text.length;
    if (exact !== undefined) return exact(text);
    if (!asked) {
      asked = true;
      void import("../text/string-width.js").then(({ stringWidth }) => {
        exact = (other) => stringWidth(other);
        onLoad();
      });
    }
    return 2 * text.length;
  };
}
