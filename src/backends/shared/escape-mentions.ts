// Text that no author wrote, on its way to a CLI that expands some of what it is given: what would be a file, an agent or
// a command becomes plain text. What is added is what Markdown adds to a sign that means itself, a backslash in front.
// Nothing behind the `@` would do: gemini takes `@X/../secret.txt` for `secret.txt`, whatever `X` is (0.61.0). An `@` at the
// very end counts, because such a text is put in front of others.

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
