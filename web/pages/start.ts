// The page that starts a run: a person pastes, drops or types a task file; the page checks it at once and sends it.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Diagnostic } from "../../src/document/diagnostics.js";
import type { RunResponse } from "../../src/schema/api.js";
import type { Checked } from "../data/check.js";
import { hrefOf } from "../data/route.js";
import { ask } from "../data/server.js";
import { plural } from "../data/words.js";
import { Editor } from "../parts/editor.js";
import { useTitle } from "../parts/page.js";
import { Problems } from "../parts/problems.js";

const EXAMPLE = `{
  // Each task is one prompt for one AI coding CLI.
  "tasks": [
    { "backend": "claude", "name": "Architecture", "prompt": "Review the architecture of this project." },
    { "backend": "codex", "name": "Performance", "prompt": "Look for slow code and say what it costs." }
  ],
  "max_parallel": 3
}
`;

const TYPING_MS = 150;

/** The typed text, kept while the person visits other pages. */
const draft = { text: "", name: "" };

interface Refusal {
  message: string;
  diagnostics: Diagnostic[];
}

export function StartPage() {
  useTitle("New run");
  const [text, setText] = useState(draft.text);
  const [checked, setChecked] = useState<Checked>();
  const [backends, setBackends] = useState<string[]>();
  const [isDry, setDry] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const [commands, setCommands] = useState<RunResponse>();
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    void ask((client) => client.backends()).then((answer) => {
      if (answer.ok) setBackends(answer.value.backends.map(({ name }) => name));
    });
  }, []);
  useEffect(() => {
    let isStale = false;
    if (text.trim() === "") {
      setChecked(undefined);
      return;
    }
    const timer = setTimeout(async () => {
      const { checkText } = await import("../data/check.js");
      const found = await checkText(text, draft.name, backends);
      if (!isStale) setChecked(found);
    }, TYPING_MS);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [text, backends]);

  const change = (next: string, name?: string) => {
    draft.text = next;
    if (name !== undefined || next === "") draft.name = name ?? "";
    setText(next);
    setRefusal(undefined);
    setCommands(undefined);
  };
  const send = async () => {
    const file = checked?.file;
    if (!file) return;
    setBusy(true);
    setRefusal(undefined);
    if (isDry) {
      const answer = await ask((client) => client.parallel({ ...file, dry_run: true }));
      if (answer.ok) setCommands(answer.value);
      else setRefusal({ message: answer.error.message, diagnostics: checked.place(answer.error.details) });
    } else {
      const answer = await ask((client) => client.parallel(file, { wait: false }));
      if (answer.ok) location.hash = hrefOf({ page: "run", run_id: answer.value.run_id });
      else setRefusal({ message: answer.error.message, diagnostics: checked.place(answer.error.details) });
    }
    setBusy(false);
  };

  const diagnostics = [...(checked?.diagnostics ?? []), ...(refusal?.diagnostics ?? [])];
  const wrong = new Set(diagnostics.flatMap(({ line }) => (line === undefined ? [] : [line])));
  return html`<div class="page start">
    <h1 tabindex=${-1}>New run</h1>
    <${Editor} text=${text} wrong=${wrong} onText=${change} field=${field} />
    <div id="problems" aria-live="polite">
      ${text.trim() === "" && html`<p class="faint">Nothing here yet. <button type="button" class="quiet" onClick=${() => change(EXAMPLE, "")}>Begin with an example</button></p>`}
      ${refusal && html`<p class="problem-box">${refusal.message}</p>`}
      ${diagnostics.length > 0 && html`<${Problems} diagnostics=${diagnostics} field=${field} />`}
      ${checked?.file && diagnostics.length === 0 && html`<p class="good-text">✓ ${summaryOf(checked.file)}</p>`}
    </div>
    <div class="send">
      <button type="button" class="primary" disabled=${!checked?.file || isBusy} onClick=${send}>${isDry ? "Show the commands" : "Start the run"}</button>
      <label class="inline"><input type="checkbox" checked=${isDry} onChange=${() => setDry(!isDry)} /> Dry run: show the commands, start nothing</label>
    </div>
    ${commands && html`<${Commands} result=${commands} />`}
  </div>`;
}

/** `2 tasks: 1 claude, 1 codex; at most 3 at once`. */
function summaryOf({ tasks, defaults, max_parallel }: NonNullable<Checked["file"]>): string {
  const sums = new Map<string, number>();
  for (const task of tasks) {
    const backend = task.backend ?? defaults?.backend ?? "";
    sums.set(backend, (sums.get(backend) ?? 0) + 1);
  }
  const by = [...sums].map(([name, count]) => `${count} ${name}`).join(", ");
  return `${plural(tasks.length, "task")}: ${by}${max_parallel === undefined ? "" : `; at most ${max_parallel} at once`}`;
}

function Commands({ result }: { result: RunResponse }) {
  return html`<section class="commands" aria-label="Commands">
    <h2>What would be run</h2>
    <ol>${result.results.map(
      ({ task_id, name, workdir, command, failure }) => html`<li key=${task_id}>
      <p><strong>${name}</strong> <span class="faint">in ${workdir}</span></p>
      <pre class="code wrap">${command ?? failure?.message ?? ""}</pre>
    </li>`,
    )}</ol>
  </section>`;
}
