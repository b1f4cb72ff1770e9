// Chooses the marks on the time axis of a run. Pure.

/** Steps that people count in, in seconds. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400];

export interface Mark {
  /** Milliseconds. */
  at: number;
  words: string;
}

/** Marks from 0 to the end of the axis, `most` at most. */
export function axisMarks(endMs: number, most = 6): Mark[] {
  const end = endMs / 1000;
  const fit = STEPS.find((one) => end / one <= most);
  // Beyond the last step: whole days.
  const step = fit ?? Math.ceil(end / most / 86_400) * 86_400;
  const marks: Mark[] = [];
  for (let index = 0; index * step <= end * 0.96; index++) {
    const at = index * step;
    marks.push({ at: at * 1000, words: words(at, step) });
  }
  return marks;
}

function words(seconds: number, step: number): string {
  if (seconds === 0) return "0";
  if (step < 1) return `${seconds.toFixed(1)} s`;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.round(seconds % 60)];
  if (h >= 24) return `${Math.floor(h / 24)} d${h % 24 === 0 ? "" : ` ${h % 24} h`}`;
  if (h > 0) return m === 0 ? `${h} h` : `${h} h ${m} min`;
  if (m > 0) return s === 0 ? `${m} min` : `${m}:${String(s).padStart(2, "0")} min`;
  return `${s} s`;
}
