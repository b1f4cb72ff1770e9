// Colour for the status words; nothing else in a report is coloured.
import pc from "picocolors";
import type { Status } from "../schema/result.js";

/** Colours a word if it is a status. */
export type Paint = (word: string) => string;

/** `enabled`: stdout is a terminal and `NO_COLOR` is not set. */
export function painter(enabled: boolean): Paint {
  const { green, red, yellow } = pc.createColors(enabled);
  const colors: Readonly<Record<Status, Paint>> = {
    OK: green,
    FAILED: red,
    TIMEOUT: red,
    CANCELED: yellow,
    WAITING: yellow,
  };
  return (word) => (Object.hasOwn(colors, word) ? colors[word as Status](word) : word);
}
