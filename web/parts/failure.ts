// Shows why a task did not succeed, and what to do about it.
import { html } from "htm/preact";
import type { Failure } from "../../src/schema/failure.js";
import { momentWords } from "../../src/util/time-text.js";
import { CopyButton } from "./page.js";
import { Ticked } from "./ticked.js";

export interface FailureBoxProps {
  failure: Failure;
  /** When the next attempt is planned, in milliseconds since 1970; absent if there is none. */
  retry_at?: number | undefined;
}

/** The service's message, the hint, the time of the next attempt or of the reset, and the command for more. */
export function FailureBox({ failure, retry_at }: FailureBoxProps) {
  const { kind, message, hint, http_status, resets_at } = failure;
  const command = `clinvk explain ${kind}`;
  return html`<section class="failure" aria-label="Failure">
    <p class="failure-kind"><code>${kind}</code>${http_status !== undefined && html`<span class="faint">HTTP ${http_status}</span>`}</p>
    <p class="failure-message"><${Ticked} text=${message} /></p>
    ${hint && html`<p><strong>What to do:</strong> <${Ticked} text=${hint} /></p>`}
    ${retry_at === undefined ? resets_at && html`<p>It answers again at <${Moment} time=${resets_at} />.</p>` : html`<${NextAttempt} retry_at=${retry_at} resets_at=${resets_at} />`}
    <p class="faint">More about it: <code>${command}</code> <${CopyButton} text=${command} /></p>
  </section>`;
}

function NextAttempt({ retry_at, resets_at }: { retry_at: number; resets_at: string | undefined }) {
  if (retry_at <= Date.now()) return html`<p>The next attempt begins as soon as there is a free slot.</p>`;
  const time = new Date(retry_at).toISOString();
  const isLater = resets_at !== undefined && Date.parse(resets_at) < retry_at - 1000;
  return html`<p>The next attempt is at <${Moment} time=${time} />${isLater && html`, some time after the service answers again (<${Moment} time=${resets_at} />)`}.</p>`;
}

function Moment({ time }: { time: string }) {
  return html`<time datetime=${time}>${momentWords(time, Date.now())}</time>`;
}
