// Double braces in prompts that are no place of ours: nothing is put into them, and the model sees them as they are. What
// looks like a misspelt place of a chain is a mistake; anything else may be meant as text.
import type { Task } from "../schema/task.js";
import { editDistance } from "../util/nearest.js";
import type { Template } from "../util/template.js";

/** Behind a `$` they are GitHub's; behind a backslash the author has said that they are text. */
const BRACES = /(?<!\$)\{\{[ \t]*([^{}\r\n]{1,80}?)[ \t]*\}\}/g;
/** One word, or several with dots: code and styles have more between their braces. */
const PLACEHOLDER = /^[\p{L}\p{N}_.-]{1,40}$/u;
/** What stands between other braces than ours. */
export function bracesIn(template: Template): string[] {
  return template.flatMap((part) =>
    typeof part === "string" ? Array.from(part.matchAll(BRACES), ([, text = ""]) => text) : [],
  );
}

/** The place of a chain that was meant: `steps` for every form of `{{steps.NAME.content}}`. */
export function meantPlace(text: string): "previous" | "stdin" | "steps" | undefined {
  const [word = ""] = text.toLowerCase().split(/[.\s[]/, 1);
  const isNear = (wanted: string) => word.length > 3 && editDistance(word, wanted) <= 1;
  if (word === "step" || isNear("steps")) return "steps";
  if (word === "prev" || isNear("previous")) return "previous";
  return isNear("stdin") ? "stdin" : undefined;
}

/** How many different placeholders are told of, and how many tasks of each. */
const SHOWN = 5;

/** One warning for each text between braces that looks as if something should come into its place. */
export function placeholderWarnings(tasks: readonly Task[], templateOf: (task: Task) => Template): string[] {
  const found = new Map<string, Set<string>>();
  for (const task of tasks)
    for (const text of bracesIn(templateOf(task)).filter((one) => PLACEHOLDER.test(one)))
      found.set(text, (found.get(text) ?? new Set()).add(task.id));
  return [...found].slice(0, SHOWN).map(([text, ids]) => {
    const named = [...ids].slice(0, SHOWN).join(", ");
    return `\`{{${text}}}\` is sent to the model as it is: nothing is put into its place (${named}${ids.size > SHOWN ? ", …" : ""})`;
  });
}
