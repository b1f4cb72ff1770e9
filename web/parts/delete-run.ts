// Deletes a run for good, after a question.
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { hrefOf } from "../data/route.js";
import { ask } from "../data/server.js";
import { notify } from "./notice.js";

/** The button and its question; afterwards the page shows the list of runs. */
export function DeleteRun({ run_id }: { run_id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    const answer = await ask((client) => client.runs.remove(run_id));
    setBusy(false);
    dialog.current?.close();
    if (!answer.ok) return notify(answer.error.message, true);
    notify("The run is deleted.");
    location.replace(hrefOf({ page: "runs" }));
  };
  return html`<button type="button" class="danger" onClick=${() => dialog.current?.showModal()}>Delete run</button>
    <dialog ref=${dialog} aria-labelledby="delete-title">
      <h2 id="delete-title">Delete this run?</h2>
      <p>This deletes the answers and all other records of <span class="mono">${run_id}</span>.</p>
      <p class="actions">
        <button type="button" autofocus onClick=${() => dialog.current?.close()}>Keep it</button>
        <button type="button" class="danger" disabled=${isBusy} onClick=${remove}>Delete</button>
      </p>
    </dialog>`;
}
