// Formats numbers and moments for people. Pure.
import type { NextAttempt } from "../../src/summary/timeline.js";
import { againWords } from "../../src/util/time-text.js";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1, notation: "compact" });

/** Seconds: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return two(minutes, "min", whole % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? two(hours, "h", minutes % 60, "min") : two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** `950`, `12.3K`; a dash for what is not known. */
export function amount(count: number | null | undefined): string {
  return count === null || count === undefined ? "–" : NUMBER.format(count);
}

/** US dollars: `$0.0042`, `$1.23`; a dash for what is not known. */
export function dollars(cost: number | null | undefined): string {
  if (cost === null || cost === undefined) return "–";
  return `$${cost === 0 || cost >= 0.1 ? cost.toFixed(2) : cost.toPrecision(2)}`;
}

/** `640 B`, `12 KB`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 task`, `3 tasks`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** `Trying again in 20 s (the service asked for it), patience until 18:43`; `now` in milliseconds since 1970. */
export function nextAttemptWords(next: NextAttempt, now: number): string {
  const seconds = (next.at - now) / 1000;
  if (seconds > 0) return `Trying again ${againWords({ ...next, seconds }, now)}`;
  return next.after_probe
    ? "Starts when another task of the backend is answered"
    : "Next attempt as soon as there is a free slot";
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
