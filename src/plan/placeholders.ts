// Finds double braces in prompts that clinvk does not fill: the model sees them as they are. Braces that look like a
// misspelt place of a chain are a mistake; any others may be meant as text.
import type { Task } from "../schema/task.js";
import { editDistance } from "../util/nearest.js";
import type { Template } from "../util/template.js";

/** Braces after a `$` are GitHub's; a backslash in front marks them as text. */
const BRACES = /(?<!\$)\{\{\s*([^{}\r\n]{1,80}?)\s*\}(\})?/g;
/** One word, or several with dots: code and styles have more between their braces. */
const PLACEHOLDER = /^[\p{L}\p{N}_.-]{1,40}$/u;
/** Double braces that clinvk does not fill: the text between them, and all of it as it is written. */
export interface Braces {
  text: string;
  written: string;
}

/** The double braces of a prompt; with `unclosed` also those that a single brace ends. */
export function bracesIn(template: Template, unclosed = false): Braces[] {
  const found = template.flatMap((part) => (typeof part === "string" ? [...part.matchAll(BRACES)] : []));
  return found
    .filter(([, , second]) => unclosed || second !== undefined)
    .map(([written, text = ""]) => ({ text, written: written.replace(/\s+/g, " ") }));
}

/** The place of a chain that was meant: `steps` for every form of `{{steps.NAME.content}}`. */
export function meantPlace(text: string): "previous" | "stdin" | "steps" | undefined {
  // Template languages write it as `.previous`, `previous | trim`, `#if previous`, `previous_output`.
  const [first = "", ...others] = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const isNear = (wanted: string) => (first.length > 3 && editDistance(first, wanted) <= 1) || others.includes(wanted);
  if (first === "step" || isNear("steps")) return "steps";
  if (first === "prev" || others.includes("prev") || isNear("previous")) return "previous";
  return isNear("stdin") ? "stdin" : undefined;
}

/** How many different placeholders the warnings name, and how many tasks for each. */
const SHOWN = 5;

/** One warning for each text between braces that looks like a placeholder. */
export function placeholderWarnings(tasks: readonly Task[], templateOf: (task: Task) => Template): string[] {
  const found = new Map<string, Set<string>>();
  for (const task of tasks)
    for (const { text } of bracesIn(templateOf(task)).filter((one) => PLACEHOLDER.test(one.text)))
      found.set(text, (found.get(text) ?? new Set()).add(task.id));
  return [...found].slice(0, SHOWN).map(([text, ids]) => {
    const named = [...ids].slice(0, SHOWN).join(", ");
    return `\`{{${text}}}\` is sent to the model as it is: nothing is put into its place (${named}${ids.size > SHOWN ? ", …" : ""})`;
  });
}
