// Sets or removes one value in the text of a YAML file. The yaml library's Document keeps the comments, the order and the
// empty lines. It does not keep spaces that aligned values.
import { type Document, isAlias, isCollection, isMap, parseDocument } from "yaml";
import type { KeyPath } from "../document/diagnostics.js";

/**
 * Returns the text with a value set, or removed if it is `undefined`; the text must be valid. Returns `undefined` if the
 * place is inside a reference (`*name`), because the change would affect other places, too.
 */
export function editYaml(text: string, path: KeyPath, value: unknown): string | undefined {
  const document: Document = parseDocument(text, { schema: "core", merge: true, stringKeys: true, logLevel: "error" });
  if (path.some((_, depth) => depth > 0 && isAlias(document.getIn(path.slice(0, depth), true)))) return undefined;
  if (value === undefined) {
    if (!document.hasIn(path)) return text;
    document.deleteIn(path);
  } else {
    makeMaps(document, path);
    const node = document.createNode(value);
    // Lists and objects stand on one line, as a person would write them.
    if (isCollection(node)) node.flow = true;
    // A simple value replaces the old one and keeps its comment.
    document.setIn(path, isCollection(node) ? node : value);
  }
  const edited = document.toString({
    lineWidth: 0,
    indent: /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2,
    // Keeps the file's own style: `{a: 1}` or `{ a: 1 }`.
    flowCollectionPadding: / [}\]]/.test(text),
  });
  // Keeps the line ends of a Windows file.
  const windows = text.includes("\r\n") && !/(?<!\r)\n/.test(text);
  return windows ? edited.replace(/(?<!\r)\n/g, "\r\n") : edited;
}

/** Makes maps of the empty values on the path: `setIn` can't pass `backends:` without a value. */
function makeMaps(document: Document, path: KeyPath): void {
  if (!isMap(document.contents)) document.contents = document.createNode({});
  for (let depth = 1; depth < path.length; depth++) {
    const way = path.slice(0, depth);
    if (document.hasIn(way) && document.getIn(way) === null) document.setIn(way, document.createNode({}));
  }
}
