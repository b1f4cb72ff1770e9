// The prompts of a chain: which earlier step is meant by a name, and what is wrong with the places that name one.

import type { Report } from "../document/diagnostics.js";
import type { Task } from "../schema/task.js";
import { nearest } from "../util/nearest.js";
import { parseTemplate, slotsOf, type Template } from "../util/template.js";

/** The prompt of a step, with its places for answers and piped text. */
export function stepTemplate({ prompt }: Pick<Task, "prompt">): Template {
  return parseTemplate(prompt, ["previous", "step", "stdin"]);
}

/** Whether a step says where the piped text goes; without one it goes to the end of the first step's prompt. */
export function hasStdinSlot(steps: readonly Task[]): boolean {
  return steps.some((step) => slotsOf(stepTemplate(step)).some(({ kind }) => kind === "stdin"));
}

/** The steps that a name may mean for the step at `index`: those before it with this name, else the one with this id. */
export function stepsNamed(name: string, steps: readonly Task[], index: number): Task[] {
  const before = steps.slice(0, index);
  const named = before.filter((step) => step.name === name);
  return named.length > 0 ? named : before.filter((step) => step.id === name);
}

/** Reports every place of the steps' prompts that nothing can be put into. */
export function checkChain(steps: readonly Task[], context: string | undefined, report: Report): void {
  steps.forEach((step, index) => {
    const wrong = (message: string, hint?: string) => report(`steps[${index}].prompt`, message, hint);
    for (const slot of slotsOf(stepTemplate(step))) {
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
  const list =
    known.length === 0 ? "there is none before it" : `before it are ${known.map((one) => `"${one}"`).join(", ")}`;
  wrong(`${place}: the step "${name}" ${why}; ${list}`, near === undefined ? undefined : `did you mean "${near}"?`);
}
