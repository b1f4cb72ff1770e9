// Runs a line of shell in a real terminal, and reads its screen as a person sees it.
import { createRequire } from "node:module";
import type { IPty } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { Workspace } from "./clinvk.js";

type NodePty = typeof import("@lydell/node-pty");

const loaded = load();

/** Why there are no terminals on this platform; `undefined` = there are. */
export const noPty: string | undefined = typeof loaded === "string" ? loaded : undefined;

function load(): NodePty | string {
  try {
    return createRequire(import.meta.url)("@lydell/node-pty") as NodePty;
  } catch (error) {
    return `no prebuilt node-pty for ${process.platform}-${process.arch}: ${String(error)}`;
  }
}

export interface PtyOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
}

export class PtyRun {
  readonly #terminal: xterm.Terminal;
  readonly #pty: IPty;
  readonly #watchers = new Set<() => void>();
  /** Resolves to the exit code when everything that was printed is on the screen. */
  readonly done: Promise<number>;
  /** All that was printed. */
  raw = "";
  /** How often the screen has been printed on. */
  writes = 0;

  /** `line` may call `clinvk`. */
  constructor(space: Workspace, line: string, { columns = 80, rows = 24, env = {} }: PtyOptions = {}) {
    if (typeof loaded === "string") throw new Error(loaded);
    this.#terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
    this.#pty = loaded.spawn("/bin/sh", ["-c", line], {
      name: env.TERM ?? "xterm-256color",
      cols: columns,
      rows,
      cwd: space.dir,
      env: { ...space.env, ...env },
    });
    this.#pty.onData((text) => {
      this.raw += text;
      this.writes += 1;
      this.#terminal.write(text, () => this.#tell());
    });
    // What the terminal is asked (its size, its name) it answers.
    this.#terminal.onData((text) => this.#pty.write(text));
    this.done = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode }) => this.#terminal.write("", () => resolve(exitCode))),
    );
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The rows of the screen, without blanks at their ends. */
  get screen(): string[] {
    return this.#lines(this.#terminal.buffer.active.baseY, this.#terminal.rows);
  }

  /** What has been scrolled off the screen. */
  get scrollback(): string[] {
    return this.#lines(0, this.#terminal.buffer.active.baseY);
  }

  /** Scrollback and screen, blank rows at the end left out. */
  get text(): string {
    return [...this.scrollback, ...this.screen].join("\n").trimEnd();
  }

  /** The rows that are there because a line was too long for the terminal. */
  get wrapped(): string[] {
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: active.length }, (_, i) => active.getLine(i));
    return rows.flatMap((row) => (row?.isWrapped ? [row.translateToString(true)] : []));
  }

  get cursorVisible(): boolean {
    return this.raw.lastIndexOf("\x1b[?25l") <= this.raw.lastIndexOf("\x1b[?25h");
  }

  /** Resolves to the screen when it fits. */
  shows(fits: RegExp | ((screen: string[]) => boolean)): Promise<string[]> {
    const test = fits instanceof RegExp ? (screen: string[]) => fits.test(screen.join("\n")) : fits;
    return new Promise((resolve, reject) => {
      const look = () => {
        const { screen } = this;
        if (!test(screen)) return;
        this.#watchers.delete(look);
        resolve(screen);
      };
      this.#watchers.add(look);
      look();
      void this.done.then(() => reject(new Error(`never shown: ${String(fits)}\n${this.text}`)));
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** Closes the window: the terminal is gone. */
  hangUp(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  /** First the screen, then the program: as a window does it. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  #tell(): void {
    for (const look of this.#watchers) look();
  }

  #lines(from: number, count: number): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: count }, (_, i) => active.getLine(from + i)?.translateToString(true) ?? "");
  }
}
