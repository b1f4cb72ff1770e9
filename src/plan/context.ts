// How piped context joins a prompt, and whether a prompt is too long.

/** The text for a CLI's stdin: the prompt, and the piped context after it in a block of its own. */
export function promptWithContext(prompt: string, context: string | undefined): string {
  if (context === undefined) return prompt;
  return `${prompt}\n\n<stdin>\n${context}${context.endsWith("\n") ? "" : "\n"}</stdin>`;
}
