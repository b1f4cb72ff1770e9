// Chooses the tasks whose answers are compared: a group with the same prompt, or single ones.
import { html } from "htm/preact";
import type { PlannedTask } from "../../src/schema/event.js";
import { plural } from "../data/words.js";

export interface TaskPickerProps {
  tasks: readonly PlannedTask[];
  /** Ids of tasks with equal prompts. */
  groups: readonly (readonly string[])[];
  chosen: readonly string[];
  most: number;
  onChoose(ids: readonly string[]): void;
}

export function TaskPicker({ tasks, groups, chosen, most, onChoose }: TaskPickerProps) {
  const name = (id: string | undefined) => tasks.find(({ task_id }) => task_id === id)?.name ?? "";
  const toggle = (id: string) => {
    onChoose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  };
  const chooseGroup = (event: Event) => {
    const group = groups[Number((event.target as HTMLSelectElement).value)];
    if (group) onChoose(group.slice(0, most));
  };
  const current = groups.findIndex((ids) => chosen.length > 0 && chosen.every((id) => ids.includes(id)));
  return html`<div class="picker">
    ${
      groups.length > 1 &&
      html`<label class="inline">Same prompt
        <select value=${current === -1 ? "" : String(current)} onChange=${chooseGroup}>
          ${current === -1 && html`<option value="">(different prompts)</option>`}
          ${groups.map((ids, index) => html`<option value=${String(index)}>${name(ids[0])} (${plural(ids.length, "task")})</option>`)}
        </select>
      </label>`
    }
    <details open=${chosen.length < 2}>
      <summary>Tasks: ${chosen.length} of ${tasks.length} chosen${chosen.length >= most ? " (no more fit)" : ""}</summary>
      <ul class="choices">
        ${tasks.map(({ task_id, name, backend }) => {
          const isChosen = chosen.includes(task_id);
          return html`<li key=${task_id}><label><input type="checkbox" checked=${isChosen} disabled=${!isChosen && chosen.length >= most} onChange=${() => toggle(task_id)} /> ${name} <span class="backend">${backend}</span></label></li>`;
        })}
      </ul>
    </details>
  </div>`;
}
