// Reads from the texts of the CLIs when a limit ends: epochs, stamps, spans, dates, weekdays, clocks.
import { addDays, fixedOffset, instantsOf, isZone, type Wall, wallAt } from "./zones.js";

/** The time and time zone in which a text was read. */
export interface ResetContext {
  now: Date;
  /** IANA name; used if a text names no zone, or a zone that does not exist. */
  time_zone: string;
}

/** When the limit ends. A relative text gives both fields, an absolute one only `resets_at`, which may be in the past. */
export interface Reset {
  resets_at?: Date;
  retry_after_seconds?: number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY = 86_400_000;
/**
 * A clock, a weekday or a date that lies this far in the past has just passed: services and CLIs repeat a reset for some
 * minutes after it (claude-code#11429, #12789). It is worth another try soon, and not a day or a week later.
 */
const JUST_PASSED = 600_000;
/** A session limit is a window of 5 hours; five minutes for clocks that differ. */
const SESSION_WINDOW = 5 * 3_600_000 + 300_000;

const CLOCK = String.raw`(\d{1,2})(?::(\d{2}))?(?::\d{2})? ?([ap])\.?m\b\.?`;
const ZONE = String.raw`(?: ?\(([A-Za-z][\w+/-]*)\)| ((?:GMT|UTC)(?:[+-]\d{1,2}(?::?\d{2})?)?|[A-Z]{2,4}T)\b)?`;
const LEAD = "(?:resets?|try again|again)(?: at| on| after)?:? ";

/**
 * Reads from `text` the moment at which its limit ends; `undefined` if it names none.
 *
 * Rules: an absolute stamp beats a span, a span beats a clock. A clock with a zone means its next occurrence there, or the
 * last one if that has just passed (`JUST_PASSED`); of an hour that comes twice in autumn it may be either. Codex's "try
 * again at 8:21 PM" means today (it prints the bare time only for resets of the same day), and the clock of a session
 * limit that would be more than 5 h ahead has passed, however long ago.
 */
export function parseReset(text: string, context: ResetContext): Reset | undefined {
  const line = text.replace(/\s+/g, " ");
  const absolute = epoch(line) ?? stamp(line, context);
  if (absolute !== undefined) return { resets_at: absolute };
  const seconds = span(line);
  if (seconds !== undefined) {
    return { resets_at: new Date(context.now.getTime() + seconds * 1000), retry_after_seconds: seconds };
  }
  const wall = dated(line, context) ?? weekday(line, context) ?? clock(line, context);
  return wall === undefined ? undefined : { resets_at: wall };
}

/** Epoch seconds, or milliseconds from 1e11 on. */
function epoch(line: string): Date | undefined {
  // If there are several windows, the one that is used up counts.
  const full = /-(\w+)-Used-Percent: ?100/i.exec(line)?.[1];
  const window = full === undefined ? undefined : new RegExp(`-${full}-Reset-At: ?(\\d{10,13})`, "i").exec(line);
  const match = window ?? /(?:\||reset(?:s)?[-_]?at"?[:=] ?"?)(\d{10,13})\b/i.exec(line);
  if (match === null) return undefined;
  const value = Number(match[1]);
  return new Date(value >= 1e11 ? value : value * 1000);
}

/** The first instant that lies ahead or has just passed, else the last one. */
function nextOf(instants: readonly [Date, ...Date[]], context: ResetContext): Date {
  const from = context.now.getTime() - JUST_PASSED;
  return instants.find((instant) => instant.getTime() >= from) ?? instants.at(-1) ?? instants[0];
}

/** All instants of a clock on some days, counted from the day of `wall`. */
function onDays(wall: Wall, days: readonly [number, ...number[]], zone: string | number): [Date, ...Date[]] {
  const [first, ...more] = days;
  return [...instantsOf(addDays(wall, first), zone), ...more.flatMap((day) => instantsOf(addDays(wall, day), zone))];
}

/** `2026-08-09T00:00:00Z`, `2026-08-09 00:00 UTC`, `2026-08-09T02:00:00+02:00`, `2026-09-08 14:29:33` (local). */
function stamp(line: string, context: ResetContext): Date | undefined {
  const match =
    /(?:reset|again)[^.]{0,40}?(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?: ?(Z|UTC|GMT)\b| ?([+-]\d{2}:?\d{2})\b)?/i.exec(
      line,
    );
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  const [seconds, utc, offset] = match.slice(6);
  const zone = utc === undefined ? (fixedOffset(`UTC${offset}`) ?? context.time_zone) : 0;
  const minutes = nextOf(instantsOf({ year, month, day, hour, minute }, zone), context);
  return new Date(minutes.getTime() + Number(seconds ?? 0) * 1000);
}

/** A span in seconds. */
function span(line: string): number | undefined {
  const machine =
    /(?:resets?_in_seconds|reset-after-seconds)"?[:=] ?"?(\d+(?:\.\d+)?)/i.exec(line) ??
    /retry-after"?[:=] ?"?(\d+(?:\.\d+)?)/i.exec(line);
  if (machine !== null) return Number(machine[1]);
  const millis = /retryDelayMs"?[:=] ?(\d+(?:\.\d+)?)/.exec(line);
  if (millis !== null) return Number(millis[1]) / 1000;
  const lead =
    /(?:try again in|retry in|retrying in|retry after|reset after|resets in|retryDelay"?: ?"?|quotaResetDelay"?: ?"?) ?(.*)/i.exec(
      line,
    )?.[1] ?? /(?:^|\s)(\d+ hours? \d+ minutes? at \d.*)/i.exec(line)?.[1];
  return lead === undefined ? undefined : spanAtStart(lead);
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `5 days 22 hours 11 minutes`, `18h31m10s`, `14.036s`, `900.2ms`; milliseconds are tried before minutes and seconds. */
function spanAtStart(text: string): number | undefined {
  const part =
    /^[ ,]*(?:and )?(\d+(?:\.\d+)?) ?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z])/i;
  let rest = text;
  let total: number | undefined;
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    const unit = (match[2] ?? "").toLowerCase();
    const size = UNITS[unit.startsWith("ms") || unit.startsWith("milli") ? "ms" : unit.charAt(0)] ?? 1;
    total = (total ?? 0) + Number(match[1]) * size;
    rest = rest.slice(match[0].length);
  }
  return total === undefined ? undefined : Math.round(total * 1e9) / 1e9;
}

/** `Feb 7, 11am (Asia/Seoul)`, `Apr 23 at 4pm`, `May 11th, 2026 1:36 PM`, `September 6, 2026, 11:15`, `Oct 24`. */
function dated(line: string, context: ResetContext): Date | undefined {
  const month = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?\b`;
  const time = String.raw`(?:,? ?(\d{4}))?(?:,? (?:at )?(?:${CLOCK}|(\d{1,2}):(\d{2})))?${ZONE}`;
  const match = new RegExp(`${LEAD}${month}${time}`, "i").exec(line);
  if (match === null) return undefined;
  const [, monthName, day, year, hour12, minute12, half, hour24, minute24, named, short] = match;
  const zone = zoneOf(named ?? short, context);
  const today = wallAt(context.now, zone);
  const hours = half === undefined ? Number(hour24 ?? 0) : to24(Number(hour12), half);
  const wall: Wall = {
    year: year === undefined ? today.year : Number(year),
    month: MONTHS.indexOf((monthName ?? "").toLowerCase()) + 1,
    day: Number(day),
    hour: hours,
    minute: Number(minute12 ?? minute24 ?? 0),
  };
  if (!possible(wall)) return undefined;
  const inYear = (value: number) => nextOf(instantsOf({ ...wall, year: value }, zone), context);
  const instant = inYear(wall.year);
  if (year !== undefined) return instant;
  // Without a year it is the nearest one; a text may be some days old.
  const ahead = instant.getTime() - context.now.getTime();
  if (ahead < -7 * DAY) return inYear(wall.year + 1);
  if (ahead > 300 * DAY) return inYear(wall.year - 1);
  return instant;
}

/** `resets Mon 12:00am`: today if it is still ahead or has just passed. */
function weekday(line: string, context: ResetContext): Date | undefined {
  const match = new RegExp(`${LEAD}(sun|mon|tue|wed|thu|fri|sat)[a-z]*,? (?:at )?${CLOCK}${ZONE}`, "i").exec(line);
  if (match === null) return undefined;
  const zone = zoneOf(match[5] ?? match[6], context);
  const today = wallAt(context.now, zone);
  const at: Wall = { ...today, hour: to24(Number(match[2]), match[4] ?? ""), minute: Number(match[3] ?? 0) };
  if (!possible(at)) return undefined;
  const name = WEEKDAYS.indexOf((match[1] ?? "").toLowerCase());
  const days = (name - new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay() + 7) % 7;
  return nextOf(onDays(at, [days - 7, days, days + 7], zone), context);
}

/** A bare clock. */
function clock(line: string, context: ResetContext): Date | undefined {
  const match = new RegExp(`(${LEAD})${CLOCK}${ZONE}`, "i").exec(line);
  if (match === null) return undefined;
  const zone = zoneOf(match[5] ?? match[6], context);
  const at: Wall = {
    ...wallAt(context.now, zone),
    hour: to24(Number(match[2]), match[4] ?? ""),
    minute: Number(match[3] ?? 0),
  };
  if (!possible(at)) return undefined;
  if (/again/i.test(match[1] ?? "")) return nextOf(onDays(at, [-1, 0], zone), context);
  const instants = onDays(at, [-1, 0, 1], zone);
  const next = nextOf(instants, context);
  const passed = /session limit|5-hour limit/i.test(line) && next.getTime() - context.now.getTime() > SESSION_WINDOW;
  return passed ? instants.findLast((instant) => instant <= context.now) : next;
}

function zoneOf(name: string | undefined, context: ResetContext): string | number {
  if (name === undefined) return context.time_zone;
  return fixedOffset(name) ?? (isZone(name) ? name : context.time_zone);
}

/** Converts an hour of a 12-hour clock; NaN beyond 12, which makes the time invalid. */
function to24(hour: number, half: string): number {
  if (hour > 12) return Number.NaN;
  return (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
}

function possible(wall: Wall): boolean {
  return wall.month > 0 && wall.day > 0 && wall.day <= 31 && wall.hour < 24 && wall.minute < 60;
}
