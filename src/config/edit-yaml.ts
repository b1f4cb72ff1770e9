// Sets one value in the text of a YAML file. The text around it stays as it is, comments and layout included, wherever
// the place is a simple one; elsewhere the parser's own writer makes the text, which keeps comments but not all layout.
import { isDeepStrictEqual } from "node:util";
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, Scalar, stringify, type YAMLMap } from "yaml";
import type { KeyPath } from "../document/diagnostics.js";

const OPTIONS = { schema: "core", merge: true, stringKeys: true, logLevel: "error" } as const;

/**
 * The text with a value set; the text must be valid, and no list may be entered where it ends. `undefined`: the place is
 * inside of a reference (`*name`), so what it stands for would change elsewhere, too.
 */
export function editYaml(text: string, path: KeyPath, value: unknown): string | undefined {
  const document: Document = parseDocument(text, OPTIONS);
  if (path.some((_, depth) => depth > 0 && isAlias(document.getIn(path.slice(0, depth), true)))) return undefined;
  const wanted = withValue(document.toJS(), path, value);
  const exact = editInPlace(text, document, path, value);
  if (exact !== undefined && means(exact, wanted)) return withLineBreaksOf(text, exact);
  if (!isMap(document.contents)) document.contents = document.createNode({});
  document.setIn(path, value);
  return withLineBreaksOf(text, document.toString({ lineWidth: 0, indent: indentOf(text) }));
}

/** A file of Windows stays one. */
function withLineBreaksOf(text: string, edited: string): string {
  const windows = text.includes("\r\n") && !/(?<!\r)\n/.test(text);
  return windows ? edited.replace(/(?<!\r)\n/g, "\r\n") : edited;
}

function means(text: string, wanted: unknown): boolean {
  const document = parseDocument(text, OPTIONS);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), wanted);
}

/** A copy of `root` with a value set, objects made on the way. */
function withValue(root: unknown, [step, ...rest]: KeyPath, value: unknown): unknown {
  if (step === undefined) return value;
  const inner = (root as Record<string | number, unknown> | null)?.[step];
  const set = withValue(inner, rest, value);
  if (Array.isArray(root)) return root.with(Number(step), set);
  return { ...(root as object | null), [step]: set };
}

/** Replaces the characters of the old value, or inserts a line; `undefined` where that is not simple. */
function editInPlace(text: string, document: Document, path: KeyPath, value: unknown): string | undefined {
  let node: unknown = document.contents;
  if (node === null) return `${withNewline(text)}${block(path, value, 0, indentOf(text))}`;
  let inFlow = false;
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      inFlow ||= node.flow === true;
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(step));
      if (pair === undefined) return insert(text, node, path.slice(index), value, inFlow);
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      inFlow ||= node.flow === true;
      node = node.items[step];
    } else return undefined;
  }
  const isLine = isScalar(node) ? !isBlockScalar(node) : (isMap(node) || isSeq(node)) && node.flow === true;
  const range = isLine && (isScalar(node) || isMap(node) || isSeq(node)) ? node.range : undefined;
  if (!range) return undefined;
  const [start, end] = range;
  return `${text.slice(0, start)}${inline(value, inFlow)}${text.slice(end)}`;
}

function isBlockScalar({ type }: Scalar): boolean {
  return type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL;
}

/** A further key at the end of a map. */
function insert(text: string, map: YAMLMap, path: KeyPath, value: unknown, inFlow: boolean): string | undefined {
  const [name = "", ...rest] = path;
  const first = map.items[0]?.key;
  const last = map.items.at(-1);
  const end = endOf(last?.value) ?? endOf(last?.key);
  if (inFlow) {
    const at = end ?? (map.range?.[0] ?? 0) + 1;
    const item = `${inline(name, true)}: ${inline(withValue(undefined, rest, value), true)}`;
    return `${text.slice(0, at)}${last ? ", " : ""}${item}${text.slice(at)}`;
  }
  if (!isScalar(first) || !first.range || end === undefined) return undefined;
  const column = first.range[0] - (text.lastIndexOf("\n", first.range[0] - 1) + 1);
  const newline = text.indexOf("\n", end);
  // The end of a value that is a block stands behind its last line break.
  const next = text[end - 1] === "\n" ? end : newline < 0 ? text.length : newline + 1;
  // Comments that are indented deeper belong to what stands above them.
  const deeper = new RegExp(`(?: {${column + 1},}#.*(?:\n|$))*`, "y");
  deeper.lastIndex = next;
  const at = next + (deeper.exec(text)?.[0].length ?? 0);
  return `${withNewline(text.slice(0, at))}${block(path, value, column, indentOf(text))}${text.slice(at)}`;
}

function endOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[1] : undefined;
}

/** Lines for a value under keys, each deeper than the one before. */
function block(path: KeyPath, value: unknown, column: number, indent: number): string {
  const lines = path.map((key, depth) => `${" ".repeat(column + depth * indent)}${inline(key, false)}:`);
  return `${lines.join("\n")} ${inline(value, false)}\n`;
}

/** A value on one line. */
function inline(value: unknown, inFlow: boolean): string {
  if (Array.isArray(value)) return `[${value.map((one) => inline(one, true)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => `${inline(key, true)}: ${inline(one, true)}`);
    return `{${entries.join(", ")}}`;
  }
  if (inFlow && typeof value === "string" && /[^\w./ -]/.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** How far the first indented line is indented. */
function indentOf(text: string): number {
  return /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2;
}

function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
