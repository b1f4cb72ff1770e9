// Describes problems of an input and their places: one shape for task files, config files, flags and the environment, and
// its text for a person.
import { omitUndefined } from "../util/omit-undefined.js";

/** The path from the root of a document to a value: names and list indexes. */
export type KeyPath = readonly (string | number)[];

/** Both count from 1; columns are UTF-16 units, as editors count them. */
export interface Position {
  line: number;
  column: number;
}

/** A problem at a place inside a document, before that place gets its printed form. */
export interface Problem {
  path: KeyPath;
  /** Says what is wrong, in lower case and without a full stop. */
  message: string;
  /** Says how to fix it. */
  hint?: string;
  /** Whether the name or the value is wrong; `value` if not given. */
  at?: "key" | "value";
  /** Set if the path does not lead to the place, as for syntax errors. */
  position?: Position;
}

/** The problem of a name that occurs twice in one object. */
export function givenTwice(path: KeyPath, position: Position, first: Position): Problem {
  return { path, position, message: `is given twice (first on line ${first.line}, column ${first.column})` };
}

/** Finds the position of a path in the text; for a path that does not exist, the position of its nearest parent. */
export type Locate = (path: KeyPath, at?: "key" | "value") => Position | undefined;

/** A problem as it is reported. */
export interface Diagnostic {
  /** The source of the input: a file's name, `stdin`, `--max-parallel`, `$CLINVK_BACKEND`. */
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

/** At most this many problems are shown: more would not help. */
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

/** Names the place of a value as its author knows it: in a text with lines, in flags, in the fields of a request. */
export type Place = (path: KeyPath, at?: "key" | "value") => Pick<Diagnostic, "source" | "path" | "line" | "column">;

/** The places of one source; without `locate` they have no line and column. */
export function placesIn(source: string, locate?: Locate): Place {
  return (path, at) => ({ source, ...(path.length > 0 ? { path: formatPath(path) } : {}), ...locate?.(path, at) });
}

/** Turns problems into diagnostics at their places. */
export function diagnosticsAt(problems: readonly Problem[], place: Place): Diagnostic[] {
  return problems.map(({ path, at, position, message, hint }) => ({
    ...place(path, at),
    ...position,
    message,
    ...omitUndefined({ hint }),
  }));
}

/** Turns problems of one source into diagnostics. */
export function toDiagnostics(source: string, problems: readonly Problem[], locate?: Locate): Diagnostic[] {
  return diagnosticsAt(problems, placesIn(source, locate));
}

/** Takes a problem at a path such as `tasks[2].workdir`. */
export type Report = (path: string, message: string, hint?: string) => void;

/** So many problems of one kind are collected: a person reads the first hundred, and memory has an end. */
export const MAX_PROBLEMS = 1000;

/** Adds problems to a list, up to `MAX_PROBLEMS`. A value in `broken`, or inside such a value, already has a problem and gets no second one. */
export function reportTo(found: Diagnostic[], place: Place, broken: readonly string[] = []): Report {
  const isBroken = (path: string) =>
    broken.some((one) => path.startsWith(one) && (path.length === one.length || /[.[]/.test(path[one.length] ?? "")));
  return (path, message, hint) => {
    if (found.length < MAX_PROBLEMS && !isBroken(path))
      found.push({ ...place(parsePath(path)), message, ...omitUndefined({ hint }) });
  };
}

/** Each problem once, ordered by source (as first seen), line and column. */
export function inOrder(list: readonly Diagnostic[]): Diagnostic[] {
  const sources = new Map<string, number>();
  const each = new Map<string, Diagnostic>();
  for (const one of list) {
    if (!sources.has(one.source)) sources.set(one.source, sources.size);
    const { source, path, line, column, message } = one;
    each.set(JSON.stringify([source, path, line, column, message]), one);
  }
  const rank = (one: Diagnostic) => [sources.get(one.source) ?? 0, one.line ?? 0, one.column ?? 0] as const;
  return [...each.values()].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
}

/**
 * All problems as one block of text, one line each, in order. The last line has their number and the consequence. Ends
 * without a newline; an empty list gives an empty string.
 */
export function formatDiagnostics(list: readonly Diagnostic[], consequence = "nothing was run"): string {
  if (list.length === 0) return "";
  const sorted = inOrder(list);
  const lines = sorted.slice(0, MAX_SHOWN).map(formatOne);
  if (sorted.length > MAX_SHOWN) lines.push(`… and ${restWords(sorted.length, MAX_SHOWN)}`);
  lines.push(`${sorted.length} ${sorted.length === 1 ? "problem" : "problems"}; ${consequence}.`);
  return lines.join("\n");
}

function formatOne({ source, path, line, column, message, hint }: Diagnostic): string {
  const place = line === undefined ? source : `${source}:${line}${column === undefined ? "" : `:${column}`}`;
  const text = `${place}: ${path ? `${path}: ` : ""}${message}${hint === undefined ? "" : ` — ${hint}`}`;
  // Text from a file must not control the terminal.
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** How many problems are not shown. Nothing is searched for more than `MAX_PROBLEMS`, so from there on it is a lower bound. */
export function restWords(found: number, shown: number): string {
  return `${found >= MAX_PROBLEMS ? "at least " : ""}${found - shown} more`;
}
