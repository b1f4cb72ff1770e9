// Why a task did not succeed, and what to do about it.
import { html } from "htm/preact";
import type { Failure } from "../../src/schema/failure.js";
import { momentWords } from "../../src/util/time-text.js";
import { CopyButton } from "./page.js";
import { Ticked } from "./ticked.js";

/** What the service said, the hint, when it goes on, and where more is told. */
export function FailureBox({ failure }: { failure: Failure }) {
  const { kind, message, hint, http_status, resets_at } = failure;
  const command = `clinvk explain ${kind}`;
  return html`<section class="failure" aria-label="Failure">
    <p class="failure-kind"><code>${kind}</code>${http_status !== undefined && html`<span class="faint">HTTP ${http_status}</span>`}</p>
    <p class="failure-message"><${Ticked} text=${message} /></p>
    ${hint && html`<p><strong>What to do:</strong> <${Ticked} text=${hint} /></p>`}
    ${resets_at && html`<p>It answers again at <time datetime=${resets_at}>${momentWords(resets_at, Date.now())}</time>.</p>`}
    <p class="faint">More about it: <code>${command}</code> <${CopyButton} text=${command} /></p>
  </section>`;
}
