// What goes to a CLI's stdin beside the prompt, where the CLI has no other way to take it.

/** Instructions in front of a prompt, in a block of their own; empty ones leave it as it is. */
export function withInstructions(prompt: string, ...instructions: (string | undefined)[]): string {
  const text = instructions.filter((one) => one !== undefined).join("\n\n");
  return text === "" ? prompt : `<instructions>\n${text}\n</instructions>\n\n${prompt}`;
}

/** For a CLI without a flag for a schema; the answer is checked afterwards either way. */
export function withSchema(prompt: string, schema: object | boolean | undefined): string {
  if (schema === undefined) return prompt;
  const text = JSON.stringify(schema);
  return `${prompt}\n\nAnswer with nothing but one JSON value that satisfies this JSON Schema:\n${text}\n`;
}
