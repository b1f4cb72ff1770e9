// A CI's runner reads commands from the log of a job: text of others must give none. A space in the mark is enough, and
// everybody can still read what was written.

/**
 * GitHub Actions: `::error::` at the beginning of a line, white space before it allowed, and `##[error]` anywhere in it.
 * Azure Pipelines: `##vso[…]` and `##[…]`. TeamCity: `##teamcity[…]`. GitLab's sections begin with an ESC, which
 * `visible` shows as `^[`. GitHub, too, takes a lone CR for a line end; `visible` shows that as well.
 */
const AT_LINE_START = /^([^\S\n]*):(?=:[\w.-])/gm;
const ANYWHERE = /##(?=(?:[a-z]{1,20})?\[)/gi;

/** The text without commands: `: :error::`, `# #[error]`. */
export function withoutCommands(text: string): string {
  return text.replace(AT_LINE_START, "$1: ").replace(ANYWHERE, "# #");
}
