// Moments and durations as text for a person: local time, as short as possible without being unclear.

/** `15:50 (in 2 h 3 min)`; with the date if it is another day than `now` (milliseconds since 1970). */
export function momentWords(time: string, now: number): string {
  const short = clockWords(time, now);
  const seconds = Math.ceil((Date.parse(time) - now) / 1000);
  return seconds > 0 ? `${short} (in ${spanWords(seconds)})` : short;
}

/** `15:50`; with the date if it is another day than `now` (milliseconds since 1970). */
export function clockWords(time: string, now: number): string {
  const words = localMinutes(time);
  return sameDay(new Date(time), new Date(now)) ? words.slice(11) : words;
}

/** What is known of another attempt that follows. */
export interface Again {
  seconds: number;
  /** The service asks for a pause of this length. */
  asked_by_service?: true | undefined;
  /** ISO 8601. */
  patience_until?: string | undefined;
}

/** `in 20 s (the service asked for it), patience until 18:43`; `now` in milliseconds since 1970. */
export function againWords({ seconds, asked_by_service, patience_until }: Again, now: number): string {
  const when = seconds > 0 ? `in ${spanWords(Math.max(1, Math.round(seconds)))}` : "now";
  const asked = asked_by_service && seconds > 0 ? " (the service asked for it)" : "";
  if (patience_until === undefined) return `${when}${asked}`;
  const isOver = Date.parse(patience_until) <= now;
  return `${when}${asked}, ${isOver ? "for the last time" : `patience until ${clockWords(patience_until, now)}`}`;
}

/** `45 s`, `12 min`, `2 h 3 min`, `5 d 22 h`: at most two units, the rest is dropped. */
export function spanWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${Math.ceil(seconds)} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return two(hours, "h", minutes % 60, "min");
  return two(days, "d", hours % 24, "h");
}

/** `now`, `5 min ago`, `3 h ago`; the local date beyond a week. `now` in milliseconds since 1970. */
export function agoText(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (Number.isNaN(seconds)) return time;
  if (seconds < 10) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return localMinutes(time).slice(0, 10);
}

/** `2026-07-01T03:00:00.000Z` → `2026-07-01 05:00` in a zone two hours ahead; other text stays as it is. */
export function localMinutes(time: string): string {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return time;
  const part = (value: number): string => String(value).padStart(2, "0");
  const date = [moment.getFullYear(), part(moment.getMonth() + 1), part(moment.getDate())].join("-");
  return `${date} ${part(moment.getHours())}:${part(moment.getMinutes())}`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}
