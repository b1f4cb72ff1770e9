// Converts wall-clock times to instants with Intl: named zones, offsets such as GMT+2, and common abbreviations.

/** A wall-clock time; `month` from 1. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** Abbreviations that en-US texts use for a zone, in minutes east of UTC. */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  JST: 540,
  KST: 540,
};

/** Minutes east of UTC for `GMT+2`, `UTC-5:30`, `PST`, …; `undefined` if it is none of these. */
export function fixedOffset(name: string): number | undefined {
  const known = ABBREVIATIONS[name.toUpperCase()];
  if (known !== undefined) return known;
  const match = /^(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(name);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === "-" ? -minutes : minutes;
}

/** Whether this machine knows the zone: texts name zones that do not exist (`Europe/Barcelona`). */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * This machine's zone. With `TZ` set but empty, or `TZ=:`, it is UTC, as libc has it: Intl then names a zone `Etc/Unknown`
 * that it does not accept (Node 20.20).
 */
export function localZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return isZone(timeZone) ? timeZone : "UTC";
}

/** The time that clocks in `zone` show at an instant; `zone` = IANA name, or minutes east of UTC. */
export function wallAt(instant: Date, zone: string | number): Wall {
  if (typeof zone === "number") {
    const shifted = new Date(instant.getTime() + zone * 60_000);
    return {
      year: shifted.getUTCFullYear(),
      month: shifted.getUTCMonth() + 1,
      day: shifted.getUTCDate(),
      hour: shifted.getUTCHours(),
      minute: shifted.getUTCMinutes(),
    };
  }
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((entry) => entry.type === type)?.value);
  return { year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute") };
}

/**
 * The instants at which clocks in `zone` show this time, in order: two in an hour that comes twice in autumn. A time that is
 * skipped in spring is as long after the skip begins as its name says.
 */
export function instantsOf(wall: Wall, zone: string | number): [Date, ...Date[]] {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  if (typeof zone === "number") return [new Date(asUtc - zone * 60_000)];
  // Clocks are 12 h behind UTC to 14 h ahead of it: a change near the wall time lies between these two moments.
  const before = offsetAt(new Date(asUtc - 15 * 3_600_000), zone);
  const after = offsetAt(new Date(asUtc + 13 * 3_600_000), zone);
  // When clocks are set back, the earlier offset is the larger one, and gives the earlier instant.
  const candidates = (before === after ? [before] : [before, after]).map((offset) => new Date(asUtc - offset));
  const [first, ...more] = candidates.filter((instant) => offsetAt(instant, zone) === asUtc - instant.getTime());
  // In a skipped hour no candidate is exact; the offset before the change gives the time after it.
  return first === undefined ? [new Date(asUtc - before)] : [first, ...more];
}

/** Milliseconds that the clocks in `zone` are ahead of UTC at an instant. */
function offsetAt(instant: Date, zone: string): number {
  const wall = wallAt(instant, zone);
  const minute = Math.floor(instant.getTime() / 60_000) * 60_000;
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute) - minute;
}

/** The same wall-clock time some days later. */
export function addDays(wall: Wall, days: number): Wall {
  const date = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + days));
  return { ...wall, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
