// Shows an answer, rendered or as plain text. It is untrusted: rendered text goes through `renderMarkdown`.
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import type { TaskRecord } from "../../src/schema/result.js";
import { renderMarkdown } from "../../src/util/markdown.js";
import { saveAnswer, useAnswer } from "../data/answer.js";
import { size } from "../data/words.js";
import { notify } from "./notice.js";
import { CopyButton } from "./page.js";
import { usePreference } from "./preference.js";

/** A longer answer is first shown as text: laying it out takes a while. */
const LONGEST_RENDERED = 200_000;

interface AnswerProps {
  run_id: string;
  record: TaskRecord;
  /** The heading. */
  title?: string;
}

/** The answer of a task that has ended, with its actions. */
export function AnswerView({ run_id, record, title = "Answer" }: AnswerProps) {
  const answer = useAnswer(run_id, record);
  const [mode, setMode] = usePreference("answer", ["rendered", "text"]);
  if (answer === undefined) return html`<p class="faint">Loading the answer …</p>`;
  if (!answer.ok) return html`<p class="problem-box" role="alert">${answer.error.message}</p>`;
  const { text, cut } = answer.value;
  if (text === "")
    return html`<p class="faint">${record.status === "OK" ? "The answer is empty." : "There is no answer."}</p>`;
  const isLong = text.length > LONGEST_RENDERED;
  const save = async () => {
    const failure = await saveAnswer(run_id, record.task_id);
    if (failure) notify(failure.message, true);
  };
  const modeButton = (one: typeof mode, label: string) =>
    html`<button type="button" class="quiet" aria-pressed=${mode === one} onClick=${() => setMode(one)}>${label}</button>`;
  return html`<section class="answer" aria-label=${title}>
    <div class="answer-tools">
      <h3>${record.status === "OK" ? title : "What had arrived"}</h3>
      ${!isLong && html`<span class="switch" role="group" aria-label="Show the answer">${modeButton("rendered", "Rendered")}${modeButton("text", "Text")}</span>`}
      <${CopyButton} text=${text} />
      <button type="button" class="quiet" onClick=${save}>Save</button>
    </div>
    ${cut !== undefined && html`<p class="note">This is the beginning of an answer of ${size(cut)}. Save it to see the rest.</p>`}
    ${mode === "rendered" && !isLong ? html`<${Rendered} text=${text} />` : html`<pre class="raw" tabindex="0" aria-label="Answer as text">${text}</pre>`}
  </section>`;
}

/** Markdown as harmless HTML. */
export function Rendered({ text }: { text: string }) {
  const markup = useMemo(() => ({ __html: renderMarkdown(text) }), [text]);
  return html`<div class="prose" dangerouslySetInnerHTML=${markup}></div>`;
}
