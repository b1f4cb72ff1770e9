// What is wrong with an input and where: the one shape for problems in task files, config files, flags and the
// environment, and the text that a person reads.
import { omitUndefined } from "../util/omit-undefined.js";

/** The way to a value from the root of a document: names and list indexes. */
export type KeyPath = readonly (string | number)[];

/** Both count from 1; columns are UTF-16 units, as editors count them. */
export interface Position {
  line: number;
  column: number;
}

/** A problem at a place inside a document, before it is known how to print that place. */
export interface Problem {
  path: KeyPath;
  /** Says what is wrong, in lower case and without a full stop. */
  message: string;
  /** Says what to do about it. */
  hint?: string;
  /** Whether the name or the value is wrong; `value` if not given. */
  at?: "key" | "value";
  /** Set where the path does not lead to the place, as with syntax errors. */
  position?: Position;
}

/** The problem of a name that an object has twice. */
export function givenTwice(path: KeyPath, position: Position, first: Position): Problem {
  return { path, position, message: `is given twice (first on line ${first.line}, column ${first.column})` };
}

/** Finds where a path stands in the text; for a path that does not exist, where its nearest parent stands. */
export type Locate = (path: KeyPath, at?: "key" | "value") => Position | undefined;

/** A problem as it is reported. */
export interface Diagnostic {
  /** Where the input came from: a file's name, `stdin`, `--max-parallel`, `$CLINVK_BACKEND`. */
  source: string;
  /** For example `tasks[2].approval_mode`. */
  path?: string;
  /** From 1. */
  line?: number;
  /** From 1. */
  column?: number;
  message: string;
  hint?: string;
}

/** More than this many problems help nobody. */
const MAX_SHOWN = 50;

/** `["tasks", 2, "approval_mode"]` → `tasks[2].approval_mode`. */
export function formatPath(path: KeyPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\w$-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The reverse of `formatPath`. */
export function parsePath(text: string): KeyPath {
  const steps = text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g);
  return Array.from(steps, ([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : (name ?? ""),
  );
}

/** Turns offsets into positions; built once per text. */
export function lineMap(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Turns problems of one source into diagnostics. */
export function toDiagnostics(source: string, problems: readonly Problem[], locate?: Locate): Diagnostic[] {
  return problems.map((problem) => ({
    source,
    ...(problem.path.length > 0 ? { path: formatPath(problem.path) } : {}),
    ...(problem.position ?? locate?.(problem.path, problem.at)),
    message: problem.message,
    ...omitUndefined({ hint: problem.hint }),
  }));
}

/**
 * All problems as one block of text, one line each, ordered by source (as first seen), line and column, with a
 * count at the end, with what has not happened because of them. Ends without a newline; an empty list gives an empty string.
 */
export function formatDiagnostics(list: readonly Diagnostic[], consequence = "nothing was run"): string {
  if (list.length === 0) return "";
  const sources = new Map<string, number>();
  for (const { source } of list) if (!sources.has(source)) sources.set(source, sources.size);
  const rank = (one: Diagnostic) => [sources.get(one.source) ?? 0, one.line ?? 0, one.column ?? 0] as const;
  const sorted = [...list].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
  const lines = sorted.slice(0, MAX_SHOWN).map(formatOne);
  if (sorted.length > MAX_SHOWN) lines.push(`… and ${sorted.length - MAX_SHOWN} more`);
  lines.push(`${sorted.length} ${sorted.length === 1 ? "problem" : "problems"}; ${consequence}.`);
  return lines.join("\n");
}

function formatOne({ source, path, line, column, message, hint }: Diagnostic): string {
  const place = line === undefined ? source : `${source}:${line}${column === undefined ? "" : `:${column}`}`;
  const text = `${place}: ${path === undefined ? "" : `${path}: `}${message}${hint === undefined ? "" : ` — ${hint}`}`;
  // What a file holds must not steer the terminal.
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
