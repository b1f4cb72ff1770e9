// Wraps help texts at the terminal's width; a long example stays a command that can be copied.
import { wrap } from "../reporters/text/width.js";

/** `columns`: of the terminal; without one the text stays as it is. */
export function fitHelp(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const fitted: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) fitted.push(...wrap(paragraph.join(" "), { columns }));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    const isText = /^\S/.test(line) && !line.startsWith("Usage:");
    if (isText && !line.endsWith(":")) {
      paragraph.push(line);
      continue;
    }
    flush();
    fitted.push(...(line.length > columns ? fitLine(line, columns) : [line]));
  }
  flush();
  return fitted.join("\n");
}

/** A line of a list: its explanation goes below it, and a command continues after a backslash. */
function fitLine(line: string, columns: number): string[] {
  const [, indent = "", first = "", explanation] = /^(\s*)(.*?)(?:\s{2,}(\S.*))?$/.exec(line) ?? [];
  const next = `${indent}    `;
  if (explanation !== undefined)
    return [...fitLine(indent + first, columns), ...wrap(explanation, { columns, first: next, next })];
  if (line.length <= columns) return [line];
  // A blank within quotes must stay.
  const words = first.replace(/"[^"]*"|'[^']*'/g, (quoted) => quoted.replaceAll(" ", "\u00a0"));
  const lines = wrap(words, { columns: columns - 2, first: indent, next }).map((one) => one.replaceAll("\u00a0", " "));
  const ending = /^\s*clinvk |^\s*\w+ .*\| clinvk /.test(line) ? " \\" : "";
  return lines.map((one, i) => (i < lines.length - 1 ? `${one}${ending}` : one));
}
