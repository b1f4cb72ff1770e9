// How a task or a run stands: a mark and a word, never colour alone.
import { html } from "htm/preact";
import type { ApiRunStatus } from "../../src/schema/api.js";
import type { Status } from "../../src/schema/result.js";
import type { SegmentKind } from "../../src/summary/timeline.js";

export type State = SegmentKind | Status | Exclude<ApiRunStatus, "queued" | "running">;

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
};

/** The word for a state. */
export function stateWord(state: State): string {
  return WORDS[state].word;
}

/** Mark and word; `short`: the mark only, the word for those who listen. */
export function StatusMark({ state, short = false }: { state: State; short?: boolean }) {
  const { mark, word, tone } = WORDS[state];
  return html`<span class=${`status ${tone}`} title=${short ? word : undefined}>
    <span class="mark" aria-hidden="true">${mark}</span><span class=${short ? "unseen" : undefined}>${word}</span>
  </span>`;
}
