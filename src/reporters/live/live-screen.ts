// The lower end of a terminal, where frames are drawn over one another and never scroll. Plain escape sequences and
// synchronous writes; why no library: docs/adr/0014-live-view.md.
import { stripVTControlCharacters } from "node:util";
import type { Width } from "../text/width.js";

export interface Size {
  columns: number;
  rows: number;
}

export interface Terminal {
  /** Writes at once. */
  write(text: string): void;
  /** Its current size. */
  size(): Size;
  /** Whether it breaks lines anew when it becomes narrower. */
  reflows: boolean;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_LINE = "\x1b[2K";
/** Without wrapping, text that the terminal shows wider than we think is cut instead of taking a second row. */
const BEGIN = "\x1b[?2026h\x1b[?7l";
const END = "\x1b[?7h\x1b[?2026l";

/**
 * Everything that goes to the terminal goes through here as long as frames are drawn. The cursor rests on an empty line
 * of its own below the frame: terminals don't reflow the line of the cursor.
 */
export class Screen {
  readonly #terminal: Terminal;
  readonly #width: Width;
  #frame: readonly string[] = [];
  /** What is on the screen, and the size that the terminal had then. */
  #drawn: readonly string[] = [];
  #size: Size = { columns: 0, rows: 0 };
  /** Widths of lines that a smaller terminal pushed off its top: when it grows they come back, above the frame. */
  #lost: number[] = [];
  #cursorHidden = false;
  /** Whether what was written above ended its line; a frame does not begin in the middle of one. */
  #atLineStart = true;
  #state: "open" | "suspended" | "closed" = "open";

  constructor(terminal: Terminal, width: Width) {
    this.#terminal = terminal;
    this.#width = width;
  }

  /** Replaces the frame. Writes what has changed only. */
  draw(lines: readonly string[]): void {
    this.#frame = lines;
    if (this.#state !== "open" || !this.#atLineStart) return;
    const size = this.#terminal.size();
    const shown = size.rows > 1 ? lines.slice(1 - size.rows) : [];
    const same = this.#isSize(size);
    if (shown.length + this.#drawn.length === 0) return;
    if (same && shown.length === this.#drawn.length && shown.every((line, i) => line === this.#drawn[i])) return;
    let text = BEGIN + this.#toTop(size);
    if (!this.#cursorHidden) text += HIDE_CURSOR;
    if (!same) text += CLEAR_BELOW;
    for (const [i, line] of shown.entries()) text += same && line === this.#drawn[i] ? "\n" : `${CLEAR_LINE}${line}\n`;
    this.#cursorHidden = true;
    this.#drawn = shown;
    this.#size = size;
    this.#terminal.write(text + CLEAR_BELOW + END);
  }

  /** Text for the place above the frame: the old frame goes, `write` takes the text, and `frame` comes below it. */
  above(text: string, write: (text: string) => void, frame = this.#frame): void {
    if (text === "") return;
    this.#erase();
    write(text);
    this.#lost = [];
    this.#atLineStart = text.endsWith("\n");
    this.draw(frame);
  }

  /** Leaves the terminal to others, as if there had been no frame. */
  suspend(): void {
    if (this.#state === "open") this.#leave("suspended");
  }

  resume(): void {
    if (this.#state !== "suspended") return;
    this.#state = "open";
    this.draw(this.#frame);
  }

  /** The last frame is gone and the cursor is back; what follows is written straight through. */
  close(): void {
    if (this.#state !== "closed") this.#leave("closed");
  }

  #leave(state: "suspended" | "closed"): void {
    this.#erase();
    if (this.#cursorHidden) this.#terminal.write(SHOW_CURSOR);
    this.#cursorHidden = false;
    this.#state = state;
  }

  #erase(): void {
    if (this.#drawn.length === 0) return;
    this.#terminal.write(this.#toTop(this.#terminal.size()) + CLEAR_BELOW);
    this.#drawn = [];
  }

  #isSize({ columns, rows }: Size): boolean {
    return columns === this.#size.columns && rows === this.#size.rows;
  }

  /** From below what is drawn to its first row, wherever a change of size has moved it. */
  #toTop(size: Size): string {
    const up = this.#isSize(size) ? this.#drawn.length : this.#rowsAt(size);
    return up === 0 ? "\r" : `\r\x1b[${up}A`;
  }

  /**
   * How many rows the lines take now: a narrower terminal breaks them. What is beyond its top can't be reached, and the
   * cursor stops there.
   */
  #rowsAt({ columns, rows }: Size): number {
    const { reflows } = this.#terminal;
    const drawn = this.#drawn.map((line) => this.#width(stripVTControlCharacters(line)));
    const lost: number[] = [];
    let up = 0;
    for (const width of [...this.#lost, ...drawn].reverse()) {
      const height = reflows ? Math.max(1, Math.ceil(width / columns)) : 1;
      const hidden = Math.min(height, up + height - (rows - 1));
      if (hidden > 0) lost.unshift(hidden === height ? width : hidden * columns);
      up += height;
    }
    this.#lost = lost;
    return up;
  }
}
