// Finds the tasks that a person names, by id or by name: for `--only`, and for the tasks of a recorded run.
import { nearest } from "../util/nearest.js";

/** How many ids an error lists. */
const IDS_LISTED = 10;

export interface FoundTasks {
  ids: ReadonlySet<string>;
  /** One for each word that names no task. */
  problems: { message: string; hint: string }[];
}

/** The ids of all tasks that one of the words names: ids, or names where no task has such an id. */
export function findTasks(
  words: readonly string[],
  tasks: readonly { readonly id: string; readonly name: string }[],
): FoundTasks {
  const known = new Set(tasks.map(({ id }) => id));
  const names = new Set(tasks.map(({ name }) => name));
  const wanted = new Set(words);
  const unknown = [...wanted].filter((word) => !known.has(word) && !names.has(word));
  const problems = unknown.map((word) => {
    const near = nearest(word, [...known, ...names]);
    const listed = [...known].slice(0, IDS_LISTED).join(", ");
    const hint =
      near === undefined ? `the ids are ${listed}${known.size > IDS_LISTED ? ", …" : ""}` : `did you mean "${near}"?`;
    return { message: `no task has the id or the name "${word}"`, hint };
  });
  const chosen = tasks.filter(({ id, name }) => wanted.has(id) || (wanted.has(name) && !known.has(name)));
  return { ids: new Set(chosen.map(({ id }) => id)), problems };
}
