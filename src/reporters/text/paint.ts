// Colour for the status words; nothing else in a report is coloured.
import { styleText } from "node:util";
import type { Status } from "../../schema/result.js";

/** Colours a word if it is a status. */
export type Paint = (word: string) => string;

/** `enabled`: stdout is a terminal and `NO_COLOR` is not set. */
export function painter(enabled: boolean): Paint {
  if (!enabled) return (word) => word;
  return (word) =>
    Object.hasOwn(COLORS, word) ? styleText(COLORS[word as Status], word, { validateStream: false }) : word;
}

const COLORS = {
  OK: "green",
  FAILED: "red",
  TIMEOUT: "red",
  CANCELED: "yellow",
  WAITING: "yellow",
} as const satisfies Record<Status, string>;
