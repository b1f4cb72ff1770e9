// Names for the files of an output directory: safe, distinct, and as close to the task's id as can be.
import type { PlannedTask } from "../schema/event.js";

/** Most bytes in a file name on the usual file systems, less room for a number and an extension. */
const LONGEST = 255 - "-1000000".length - ".json".length;

/**
 * Task id → `<task_id>-<backend>`, without an extension; the backend is the one that was asked, so that names are known
 * beforehand. Anything outside A–Z a–z 0–9 . _ - and a leading dot becomes
 * `_`; of names that then clash, also on a file system that ignores case, all but the first are numbered.
 */
export function fileNames(tasks: readonly Pick<PlannedTask, "task_id" | "backend">[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const lastNumber = new Map<string, number>();
  for (const { task_id, backend } of tasks) {
    const suffix = `-${safe(backend)}`;
    const plain = safe(task_id).slice(0, LONGEST - suffix.length) + suffix;
    const key = plain.toLowerCase();
    let number = lastNumber.get(key) ?? 1;
    let name = number === 1 ? plain : `${plain}-${number}`;
    while (taken.has(name.toLowerCase())) {
      number += 1;
      name = `${plain}-${number}`;
    }
    lastNumber.set(key, number);
    taken.add(name.toLowerCase());
    names.set(task_id, name);
  }
  return names;
}

function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/gu, "_").replace(/^\./, "_");
}
