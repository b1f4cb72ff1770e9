// The progress of a run: a bar of its ended tasks, and the same in words.
import { html } from "htm/preact";
import type { Counts } from "../../src/summary/summary.js";

const PARTS = ["completed", "failed", "canceled", "waiting"] as const;

/** One stretch for each status; the unfinished rest is empty. */
export function ProgressBar({ counts }: { counts: Counts }) {
  let x = 0;
  const width = (count: number) => (counts.total === 0 ? 0 : (count / counts.total) * 100);
  return html`<svg class="progress" width="100%" height="6" aria-hidden="true">
    <rect class="rest" width="100%" height="6" rx="3" />
    ${PARTS.map((part) => {
      const from = x;
      x += width(counts[part]);
      return counts[part] > 0 && html`<rect class=${part} x=${`${from}%`} width=${`${x - from}%`} height="6" rx="1" />`;
    })}
  </svg>`;
}

/** `3 of 5 done, 1 failed`. */
export function countWords({ total, completed, failed, canceled, waiting }: Counts): string {
  const words = [`${completed} of ${total} done`];
  if (failed > 0) words.push(`${failed} failed`);
  if (canceled > 0) words.push(`${canceled} canceled`);
  if (waiting > 0) words.push(`${waiting} wait${waiting === 1 ? "s" : ""}`);
  return words.join(", ");
}
