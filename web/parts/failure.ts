// Shows why a task did not succeed, and what to do about it.
import { html } from "htm/preact";
import type { Failure } from "../../src/schema/failure.js";
import type { NextAttempt } from "../../src/summary/timeline.js";
import { momentWords } from "../../src/util/time-text.js";
import { nextAttemptWords } from "../data/words.js";
import { CopyButton } from "./page.js";
import { Ticked } from "./ticked.js";

export interface FailureBoxProps {
  failure: Failure;
  /** The next attempt; absent if there is none. */
  next?: NextAttempt | undefined;
}

/** The service's message, the hint, the time of the next attempt or of the reset, and the command for more. */
export function FailureBox({ failure, next }: FailureBoxProps) {
  const { kind, message, hint, http_status, resets_at } = failure;
  const command = `clinvk explain ${kind}`;
  return html`<section class="failure" aria-label="Failure">
    <p class="failure-kind"><code>${kind}</code>${http_status !== undefined && html`<span class="faint">HTTP ${http_status}</span>`}</p>
    <p class="failure-message"><${Ticked} text=${message} /></p>
    ${hint && html`<p><strong>What to do:</strong> <${Ticked} text=${hint} /></p>`}
    ${next === undefined ? resets_at && html`<p>It answers again at <${Moment} time=${resets_at} />.</p>` : html`<${NextTime} next=${next} resets_at=${resets_at} />`}
    <p class="faint">More about it: <code>${command}</code> <${CopyButton} text=${command} /></p>
  </section>`;
}

function NextTime({ next, resets_at }: { next: NextAttempt; resets_at: string | undefined }) {
  if (next.at <= Date.now() || next.patience_until !== undefined)
    return html`<p>${nextAttemptWords(next, Date.now())}.</p>`;
  const time = new Date(next.at).toISOString();
  const isLater = resets_at !== undefined && Date.parse(resets_at) < next.at - 1000;
  return html`<p>The next attempt is at <${Moment} time=${time} />${isLater && html`, some time after the service answers again (<${Moment} time=${resets_at} />)`}.</p>`;
}

function Moment({ time }: { time: string }) {
  return html`<time datetime=${time}>${momentWords(time, Date.now())}</time>`;
}
