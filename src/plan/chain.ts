// Checks the prompts of a chain: finds the earlier step that a name means, and reports places that name none.

import type { Report } from "../document/diagnostics.js";
import type { Task } from "../schema/task.js";
import { nearest } from "../util/nearest.js";
import { parseTemplate, slotsOf, type Template } from "../util/template.js";
import { type Braces, bracesIn, meantPlace } from "./placeholders.js";

/** The prompt of a step, with its places for answers and piped text. */
export function stepTemplate({ prompt }: Pick<Task, "prompt">): Template {
  return parseTemplate(prompt, ["previous", "step", "stdin"]);
}

/** Whether a step has a place for the piped text; otherwise the text goes to the end of the first step's prompt. */
export function hasStdinSlot(steps: readonly Task[]): boolean {
  return steps.some((step) => slotsOf(stepTemplate(step)).some(({ kind }) => kind === "stdin"));
}

/** The steps that a name may mean for the step at `index`: the steps before it with this name, else the one with this id. */
export function stepsNamed(name: string, steps: readonly Task[], index: number): Task[] {
  const before = steps.slice(0, index);
  const named = before.filter((step) => step.name === name);
  return named.length > 0 ? named : before.filter((step) => step.id === name);
}

/** How many names, and how many mistakes of one prompt, are told. */
const SHOWN = 10;

/** Reports every place in the steps' prompts that can't be filled. */
export function checkChain(steps: readonly Task[], context: string | undefined, report: Report): void {
  steps.forEach((step, index) => {
    const wrong = (message: string, hint?: string) => report(`steps[${index}].prompt`, message, hint);
    const template = stepTemplate(step);
    // The same slip in one prompt, and more than a few of them, say nothing new.
    const braces = new Map(bracesIn(template, true).map((one) => [one.written, one]));
    for (const one of [...braces.values()].slice(0, SHOWN)) checkBraces(one, steps, index, wrong);
    for (const slot of slotsOf(template)) {
      switch (slot.kind) {
        case "previous":
          if (index === 0) wrong("`{{previous}}` in the first step: no step comes before it");
          break;
        case "stdin":
          if (context === undefined) wrong("`{{stdin}}`: nothing is piped in");
          break;
        case "step":
          checkName(slot.name, steps, index, wrong);
          break;
        case "results":
          break;
        default:
          slot satisfies never;
      }
    }
  });
}

/** Reports braces that look like a misspelt place. */
function checkBraces(
  { text, written }: Braces,
  steps: readonly Task[],
  index: number,
  wrong: (message: string, hint?: string) => void,
): void {
  const before = steps.slice(0, index);
  const isStep = before.some(({ id, name }) => [id, name].some((one) => text === one || text.startsWith(`${one}.`)));
  const meant = isStep ? "steps" : meantPlace(text);
  if (meant === undefined) return;
  const asText = "for the text itself write `\\{{`";
  if (meant === "steps")
    wrong(`\`${written}\`: a step's answer is \`{{steps.NAME.content}}\`; ${stepsBefore(steps, index)}`, asText);
  else wrong(`\`${written}\` is no place of a chain`, `did you mean \`{{${meant}}}\`? ${asText}`);
}

/** The names that a step may use, the nearest ones if there are many. */
function stepsBefore(steps: readonly Task[], index: number): string {
  if (index === 0) return "no step comes before this one";
  const names = steps.slice(Math.max(0, index - SHOWN), index).map((step) => `"${step.name}"`);
  return `earlier steps: ${index > SHOWN ? "… " : ""}${names.join(", ")}`;
}

function checkName(
  name: string,
  steps: readonly Task[],
  index: number,
  wrong: (message: string, hint?: string) => void,
): void {
  const place = `\`{{steps.${name}.content}}\``;
  const found = stepsNamed(name, steps, index);
  if (found.length > 1)
    wrong(
      `${place}: ${found.length} steps before this one are called "${name}"`,
      `use an id: ${found.map(({ id }) => id).join(" or ")}`,
    );
  if (found.length > 0) return;
  const known = steps.slice(0, index).map((step) => step.name);
  const near = nearest(name, known);
  const isLater = steps.slice(index).some((step) => step.name === name || step.id === name);
  const why = isLater ? "is not before this one" : "does not exist";
  wrong(
    `${place}: the step "${name}" ${why}; ${stepsBefore(steps, index)}`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}
