// The state of a task or a run: a mark and a word, never colour alone.
import { html } from "htm/preact";
import type { ApiRunStatus, RunOverviewBody } from "../../src/schema/api.js";
import type { Status } from "../../src/schema/result.js";
import { fitsFilter } from "../../src/summary/overview.js";
import type { SegmentKind } from "../../src/summary/timeline.js";

export type State = SegmentKind | Status | Exclude<ApiRunStatus, "queued" | "running"> | "failed";

const WORDS: Readonly<Record<State, { mark: string; word: string; tone: string }>> = {
  queued: { mark: "○", word: "Queued", tone: "calm" },
  quota: { mark: "◷", word: "Waiting for quota", tone: "wait" },
  running: { mark: "●", word: "Running", tone: "live" },
  pause: { mark: "↻", word: "Retrying", tone: "wait" },
  OK: { mark: "✓", word: "Done", tone: "good" },
  FAILED: { mark: "✕", word: "Failed", tone: "bad" },
  TIMEOUT: { mark: "✕", word: "Timed out", tone: "bad" },
  CANCELED: { mark: "–", word: "Canceled", tone: "calm" },
  WAITING: { mark: "◷", word: "Waits for quota", tone: "wait" },
  interrupted: { mark: "–", word: "Interrupted", tone: "wait" },
  waiting: { mark: "◷", word: "Waits for quota", tone: "wait" },
  finished: { mark: "✓", word: "Finished", tone: "good" },
  failed: { mark: "✕", word: "Failed", tone: "bad" },
};

/** The word for a state. */
export function stateWord(state: State): string {
  return WORDS[state].word;
}

export interface StatusMarkProps {
  state: State;
  /** Show only the mark; screen readers read the word. */
  short?: boolean;
  /** Instead of the state's own word. */
  word?: string;
}

/** Mark and word. */
export function StatusMark({ state, short = false, word = WORDS[state].word }: StatusMarkProps) {
  const { mark, tone } = WORDS[state];
  return html`<span class=${`status ${tone}`} title=${short ? word : undefined}>
    <span class="mark" aria-hidden="true">${mark}</span><span class=${short ? "unseen" : undefined}>${word}</span>
  </span>`;
}

/** The state of a run; an ended run with a failed task has failed. */
export function RunStatusMark({ run }: { run: RunOverviewBody }) {
  const { status, counts } = run;
  if (status !== "finished" || !fitsFilter(run, "failed")) return html`<${StatusMark} state=${status} />`;
  const isPart = counts.failed > 0 && counts.failed < counts.total;
  return html`<${StatusMark} state="failed" word=${isPart ? `${counts.failed} of ${counts.total} failed` : "Failed"} />`;
}

/** Tags for a dry run, and for the offline model. */
export function RunTags({ run }: { run: Pick<RunOverviewBody, "offline" | "dry_run"> }) {
  return html`${run.dry_run && html`<span class="tag" title="Every task only showed its command; nothing was started">dry run</span>`}
    ${run.offline && html`<span class="tag" title="Answered by the built-in offline model">offline</span>`}`;
}
