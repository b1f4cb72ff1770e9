// Text on its way to a CLI: instructions and a schema for CLIs that have no flag for them, and text that the user did not
// write, such as the answer of another task. What a CLI would expand there (a file, an agent, a command) becomes plain text: a
// backslash in front, as in Markdown. Nothing behind the `@` would do: gemini takes `@X/../secret.txt` for `secret.txt`,
// whatever `X` is (0.61.0). An `@` at the very end counts, because such a text may stand in front of others.

/**
 * From claude's patterns (2.1.197): `@` attaches a file or a resource, or names an agent, at the beginning, behind white
 * space and behind these four signs.
 */
const CLAUDE_MENTION = /(?<=^|[\s。、？！])@(?!\s)/g;

/**
 * From gemini's pattern (0.61.0): `@` attaches a file or names an agent anywhere, also in `me@example.com` (it looks for
 * files of such names), unless a backslash is in front of it or one of these signs behind it.
 */
const GEMINI_MENTION = /(?<!\\)@(?![ \t\r\n,;!?()[\]{}])/g;
/** gemini's own commands, and those that files of the user's or a project's define. */
const GEMINI_COMMAND = /^\/(?![/*])/;

/** For claude; a `/` at the beginning is taken care of for every prompt. */
export function claudeLiteral(text: string): string {
  return text.replace(CLAUDE_MENTION, "\\@");
}

/** For gemini. */
export function geminiLiteral(text: string): string {
  return text.replace(GEMINI_COMMAND, "\n/").replace(GEMINI_MENTION, "\\@");
}

/** Instructions in front of a prompt, in a block of their own; empty ones leave it as it is. */
export function withInstructions(prompt: string, ...instructions: (string | undefined)[]): string {
  const text = instructions.filter((one) => one !== undefined).join("\n\n");
  return text === "" ? prompt : `<instructions>\n${text}\n</instructions>\n\n${prompt}`;
}

/** What comes after the prompt for a CLI without a flag for a schema; the answer is checked afterwards either way. */
export function schemaRequest(schema: object | boolean | undefined): string {
  if (schema === undefined) return "";
  const text = JSON.stringify(schema);
  return `\n\nAnswer with nothing but one JSON value that satisfies this JSON Schema:\n${text}\n`;
}
