// A field for a task file: numbered lines, the wrong ones marked; a file can be dropped on it.
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";

export interface EditorProps {
  text: string;
  /** Lines with a problem, from 1. */
  wrong: ReadonlySet<number>;
  /** A name only if it came from a file. */
  onText(text: string, name?: string): void;
  /** Receives the field, to move the cursor in it. */
  field: { current: HTMLTextAreaElement | null };
}

/** A larger file is not a task file for an editor. */
const MOST_BYTES = 10 * 1024 * 1024;

export function Editor({ text, wrong, onText, field }: EditorProps) {
  const gutter = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();
  const lines = text.split("\n").length;
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) {
      setProblem(`${file.name} is larger than 10 MB.`);
      return;
    }
    setProblem(undefined);
    onText(await file.text(), file.name);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    if (file) void take(file);
    else onText(event.dataTransfer?.getData("text/plain") ?? "");
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const scroll = () => {
    if (gutter.current && field.current) gutter.current.scrollTop = field.current.scrollTop;
  };
  const pick = (event: Event) => {
    const input = event.target as HTMLInputElement;
    void take(input.files?.[0]);
    input.value = "";
  };
  return html`<div class="editor-head">
      <label for="task-file">Task file</label>
      <span class="faint">JSON, JSON with comments, or YAML</span>
      <span class="spring"></span>
      <label class="button file">Open a file …<input type="file" class="unseen" accept=".json,.jsonc,.yaml,.yml" onChange=${pick} /></label>
    </div>
    ${problem && html`<p class="problem-box" role="alert">${problem}</p>`}
    <div class=${isOver ? "editor over" : "editor"} onDrop=${drop} onDragOver=${over} onDragLeave=${() => setOver(false)}>
      <div class="gutter" ref=${gutter} aria-hidden="true">
        ${Array.from({ length: Math.min(lines, 20_000) }, (_, index) => html`<span class=${wrong.has(index + 1) ? "wrong" : undefined}>${index + 1}</span>`)}
      </div>
      <textarea id="task-file" ref=${field} value=${text} spellcheck=${false} autocomplete="off" wrap="off" rows="18"
        aria-describedby="problems" aria-invalid=${wrong.size > 0 ? "true" : undefined}
        placeholder="Paste a task file here, or drop one."
        onScroll=${scroll} onInput=${(event: Event) => onText((event.target as HTMLTextAreaElement).value)}></textarea>
    </div>`;
}
