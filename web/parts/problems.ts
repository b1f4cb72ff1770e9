// Lists the problems of a task file; each links to its place in the text.
import { html } from "htm/preact";
import { type Diagnostic, inOrder } from "../../src/document/diagnostics.js";
import { plural } from "../data/words.js";
import { Ticked } from "./ticked.js";

const MOST = 50;

export interface ProblemsProps {
  diagnostics: readonly Diagnostic[];
  field: { current: HTMLTextAreaElement | null };
}

export function Problems({ diagnostics, field }: ProblemsProps) {
  return html`<section class="problems" aria-label="Problems">
    <h2>${plural(diagnostics.length, "problem")}</h2>
    <ul>
      ${inOrder(diagnostics)
        .slice(0, MOST)
        .map(
          ({ line, column, path, message, hint }) => html`<li>
          ${
            line === undefined
              ? html`<span class="place">the file</span>`
              : html`<button type="button" class="place" title="Go there" onClick=${() => moveTo(field.current, line, column ?? 1)}>line ${line}, column ${column}</button>`
          }
          <span>${path && html`<code>${path}</code> `}<${Ticked} text=${message} />${hint && html` <span class="faint">— <${Ticked} text=${hint} /></span>`}</span>
        </li>`,
        )}
      ${diagnostics.length > MOST && html`<li class="faint">… and ${diagnostics.length - MOST} more</li>`}
    </ul>
  </section>`;
}

/** Line and column from 1. */
function moveTo(field: HTMLTextAreaElement | null, line: number, column: number): void {
  if (!field) return;
  const before = field.value.split("\n").slice(0, line - 1);
  const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  field.focus();
  field.setSelectionRange(offset, offset);
  const lineHeight = Number.parseFloat(getComputedStyle(field).lineHeight);
  field.scrollTop = Math.max(0, (line - 6) * lineHeight);
}
