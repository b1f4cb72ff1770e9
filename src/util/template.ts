// Prompts with places to fill later: `{{previous}}`, `{{steps.NAME.content}}`, `{{stdin}}`, `{{results}}`.

/** A place in a prompt. */
export type Slot = { kind: "previous" | "stdin" | "results" } | { kind: "step"; name: string };

/** Literal text, and places. */
export type Template = readonly (string | Slot)[];

const OURS = /\\\{\{|\{\{[ \t]*(?:(previous|stdin|results)|steps\.([^{}\r\n]+?)\.content)[ \t]*\}\}/g;

/** Splits a prompt at the places of these kinds. Other braces are text, and `\{{` is the text `{{`. */
export function parseTemplate(prompt: string, kinds: readonly Slot["kind"][]): Template {
  const parts: (string | Slot)[] = [];
  let done = 0;
  for (const found of prompt.matchAll(OURS)) {
    const [whole, word, name] = found;
    const slot = slotOf(word, name);
    if (slot && !kinds.includes(slot.kind)) continue;
    parts.push(prompt.slice(done, found.index), slot ?? "{{");
    done = found.index + whole.length;
  }
  parts.push(prompt.slice(done));
  return parts.filter((part) => part !== "");
}

/** The places of a template. */
export function slotsOf(template: Template): Slot[] {
  return template.filter((part) => typeof part !== "string");
}

/**
 * Puts a text into each place; the inserted texts are not searched for places. `undefined`: it would be longer than `most`
 * UTF-16 units, and was not made: an answer of 10 MB, put into many places, must not fill the memory.
 */
export function fillTemplate(template: Template, textOf: (slot: Slot) => string, most: number): string | undefined {
  const parts: string[] = [];
  let length = 0;
  for (const part of template) {
    const text = typeof part === "string" ? part : textOf(part);
    length += text.length;
    if (length > most) return undefined;
    parts.push(text);
  }
  return parts.join("");
}

function slotOf(word: string | undefined, name: string | undefined): Slot | undefined {
  if (name !== undefined) return { kind: "step", name };
  return word === "previous" || word === "stdin" || word === "results" ? { kind: word } : undefined;
}
