// Colours on a terminal: the status words, and the heading of an answer in the colour of its backend.
import { styleText } from "node:util";
import type { Status } from "../../schema/result.js";

export type Color = "blue" | "cyan" | "green" | "magenta" | "red" | "yellow";

/** Colours a word if it is a status. */
export type Paint = (word: string) => string;

/** `enabled`: stdout is a terminal and `NO_COLOR` is not set. */
export function painter(enabled: boolean): Paint {
  if (!enabled) return (word) => word;
  return (word) => (Object.hasOwn(COLORS, word) ? colored(COLORS[word as Status], word) : word);
}

const COLORS = {
  OK: "green",
  FAILED: "red",
  TIMEOUT: "red",
  CANCELED: "yellow",
  WAITING: "yellow",
} as const satisfies Record<Status, Color>;

/** The colour that a backend has everywhere; those of the configuration share one. */
export function backendColor(backend: string): Color {
  if (backend === "claude") return "magenta";
  if (backend === "codex") return "cyan";
  return backend === "gemini" ? "blue" : "yellow";
}

/** Bold, in the colour of the backend, each line by itself. */
export function paintHeading(heading: string, backend: string): string {
  const style = (line: string) => styleText(["bold", backendColor(backend)], line, { validateStream: false });
  return heading.replace(/.+/g, style);
}

/** `word` in a colour, also if stdout is not a terminal. */
export function colored(color: Color, word: string): string {
  return styleText(color, word, { validateStream: false });
}
