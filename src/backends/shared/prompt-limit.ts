// Checks whether a prompt is longer than its backend takes.

/** A backend and the longest prompt that it takes. */
export interface PromptTaker {
  title: string;
  prompt_limit: { max: number; unit: "bytes" | "characters" };
}

/** A message if a prompt is longer than a backend takes; `undefined` = it is not. */
export function overLimit(backend: PromptTaker, text: string): string | undefined {
  const { max, unit } = backend.prompt_limit;
  // A string has at most three bytes and at least half a character per UTF-16 unit: counting is rarely needed.
  if (unit === "bytes" ? text.length * 3 <= max : text.length <= max) return undefined;
  const size = unit === "bytes" ? Buffer.byteLength(text) : countCharacters(text);
  if (size <= max) return undefined;
  const n = (value: number) => value.toLocaleString("en-US");
  return `the prompt, piped context included, has ${n(size)} ${unit}; ${backend.title} takes at most ${n(max)}`;
}

/** The message for a prompt that was not even made: in UTF-16 units it is more than twice the limit. */
export function farOverLimit({ title, prompt_limit: { max, unit } }: PromptTaker): string {
  return `the prompt, piped context included, is far longer than the ${max.toLocaleString("en-US")} ${unit} that ${title} takes`;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
