// Numbers of tokens, dollars, seconds, bytes and tasks in words, for reports that are read like a page.
import type { RunState } from "../../summary/summary.js";
import { spanWords } from "../../util/time-text.js";

/** `12,345`; `–` if unknown. */
export function tokenWords(count: number | null | undefined): string {
  return count === null || count === undefined ? "–" : String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `950`, `12.3k`, `4.56M`. */
export function shortCount(value: number): string {
  if (value < 1000) return String(value);
  const [scaled, unit] = value < 999_950 ? [value / 1000, "k"] : [value / 1_000_000, "M"];
  return `${Number(scaled.toPrecision(3))}${unit}`;
}

/** US dollars, with more digits where cents would say nothing. */
export function costWords(dollars: number): string {
  return `$${dollars.toFixed(dollars > 0 && dollars < 0.1 ? 4 : 2)}`;
}

/** `1.5 s`, `2 min 3 s`, `3 h 4 min`. */
export function durationWords(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole >= 3600) return spanWords(whole);
  return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? "" : ` ${whole % 60} s`}`;
}

/** `1.2 MiB` */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${Math.round(kibibytes)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

/** The noun for this number of tasks in this kind of run. */
export function nounOf({ started }: RunState, count: number): string {
  const noun = started?.kind === "chain" ? "step" : "task";
  return count === 1 ? noun : `${noun}s`;
}
