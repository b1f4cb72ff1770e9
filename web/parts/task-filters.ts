// Filters the list of a run's tasks, by state and by words of their names.
import { html } from "htm/preact";
import type { PlannedTask } from "../../src/schema/event.js";
import { type Timeline, type Track, trackState } from "../../src/summary/timeline.js";
import type { Shown } from "../data/route.js";

const KINDS = {
  all: "All",
  running: "Running",
  queued: "Queued",
  done: "Done",
  failed: "Failed",
  interrupted: "Interrupted",
  other: "Others",
} as const;
type Kind = keyof typeof KINDS;

export interface TaskFilter {
  state: Kind;
  words: string;
}

/** The filter of an address. */
export function filterOf({ show, search = "" }: Shown): TaskFilter {
  return { state: (Object.keys(KINDS) as Kind[]).find((kind) => kind === show) ?? "all", words: search };
}

/** With fewer tasks there is nothing to search. */
const SEARCH_FROM = 8;

/** The tasks that match a filter. */
export function filterTasks(
  tasks: readonly PlannedTask[],
  timeline: Timeline,
  { state, words }: TaskFilter,
): readonly PlannedTask[] {
  const wanted = words.trim().toLowerCase();
  if (state === "all" && wanted === "") return tasks;
  return tasks.filter(({ task_id, name, backend }) => {
    const track = timeline.tracks.get(task_id);
    if (state !== "all" && (!track || kindOf(track) !== state)) return false;
    return `${name} ${task_id} ${backend}`.toLowerCase().includes(wanted);
  });
}

export interface TaskFiltersProps {
  tasks: readonly PlannedTask[];
  timeline: Timeline;
  filter: TaskFilter;
  onFilter(filter: TaskFilter): void;
}

export function TaskFilters({ tasks, timeline, filter, onFilter }: TaskFiltersProps) {
  const sums: Record<Kind, number> = {
    all: tasks.length,
    running: 0,
    queued: 0,
    done: 0,
    failed: 0,
    interrupted: 0,
    other: 0,
  };
  for (const track of timeline.tracks.values()) sums[kindOf(track)] += 1;
  const kinds = (Object.keys(KINDS) as Kind[]).filter(
    (kind) => kind === "all" || sums[kind] > 0 || kind === filter.state,
  );
  if (tasks.length < 2) return null;
  const onWords = (event: Event) => onFilter({ ...filter, words: (event.target as HTMLInputElement).value });
  return html`<div class="filters">
    <span class="switch" role="group" aria-label="Tasks to show">
      ${kinds.map((kind) => html`<button type="button" class="quiet" aria-pressed=${filter.state === kind} onClick=${() => onFilter({ ...filter, state: kind })}>${KINDS[kind]} <span class="count">${sums[kind]}</span></button>`)}
    </span>
    ${tasks.length >= SEARCH_FROM && html`<input type="search" aria-label="Search in the tasks' names, ids and backends" placeholder="Name, id or backend" value=${filter.words} onInput=${onWords} />`}
  </div>`;
}

function kindOf(track: Track): Exclude<Kind, "all"> {
  switch (trackState(track)) {
    case "running":
      return "running";
    case "queued":
    case "pause":
    case "quota":
      return "queued";
    case "interrupted":
      return "interrupted";
    case "OK":
      return "done";
    case "FAILED":
    case "TIMEOUT":
      return "failed";
    default:
      return "other";
  }
}
