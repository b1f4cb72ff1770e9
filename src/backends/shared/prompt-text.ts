// Prepares text for a CLI: adds instructions and a schema for CLIs without a flag for them, and escapes text that the user
// did not write, such as the answer of another task. A backslash, as in Markdown, keeps the CLI from expanding a file, an
// agent or a command there. Escaping after the `@` would not help: gemini takes `@X/../secret.txt` for `secret.txt`, for any
// `X` (0.61.0). An `@` at the very end is escaped, too, because more text may follow it.

/**
 * From claude's patterns (2.1.197): `@` attaches a file or a resource, or names an agent, at the beginning, after white
 * space and after these four signs.
 */
const CLAUDE_MENTION = /(?<=^|[\s。、？！])@(?!\s)/g;

/**
 * From gemini's pattern (0.61.0): `@` attaches a file or names an agent anywhere, even in `me@example.com` (it looks for
 * files of such names), unless a backslash precedes it or one of these signs follows it.
 */
const GEMINI_MENTION = /(?<!\\)@(?![ \t\r\n,;!?()[\]{}])/g;
/** Commands of gemini itself, and those that files of the user or a project define. */
const GEMINI_COMMAND = /^\/(?![/*])/;

/** Escapes a text for claude. A `/` at the beginning is handled for every prompt elsewhere. */
export function claudeLiteral(text: string): string {
  return text.replace(CLAUDE_MENTION, "\\@");
}

/** Escapes a text for gemini. */
export function geminiLiteral(text: string): string {
  return text.replace(GEMINI_COMMAND, "\n/").replace(GEMINI_MENTION, "\\@");
}

/** Puts instructions in a block before a prompt; empty ones leave the prompt unchanged. */
export function withInstructions(prompt: string, ...instructions: (string | undefined)[]): string {
  const text = instructions.filter((one) => one !== undefined).join("\n\n");
  return text === "" ? prompt : `<instructions>\n${text}\n</instructions>\n\n${prompt}`;
}

/** The request that follows the prompt if a CLI has no flag for a schema; the answer is checked in any case. */
export function schemaRequest(schema: object | boolean | undefined): string {
  if (schema === undefined) return "";
  const text = JSON.stringify(schema);
  return `\n\nAnswer with nothing but one JSON value that satisfies this JSON Schema:\n${text}\n`;
}
