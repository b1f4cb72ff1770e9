// Sets or removes one value in the text of a YAML file. The yaml library's Document keeps the comments, the order and the
// empty lines; spaces that lined values up are not kept.
import { type Document, isAlias, isCollection, isMap, parseDocument } from "yaml";
import type { KeyPath } from "../document/diagnostics.js";

/**
 * The text with a value set, or removed if it is `undefined`; the text must be valid. Returns `undefined` where the place is
 * inside of a reference (`*name`): what it stands for would change elsewhere, too.
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
    // A simple value takes the place of the old one, whose comment stays.
    document.setIn(path, isCollection(node) ? node : value);
  }
  const edited = document.toString({
    lineWidth: 0,
    indent: /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2,
    // `{a: 1}` or `{ a: 1 }`: as the file has it.
    flowCollectionPadding: / [}\]]/.test(text),
  });
  // A file of Windows stays one.
  const windows = text.includes("\r\n") && !/(?<!\r)\n/.test(text);
  return windows ? edited.replace(/(?<!\r)\n/g, "\r\n") : edited;
}

/** Makes a map of everything on the way that is empty: `setIn` refuses to go through `backends:` without a value. */
function makeMaps(document: Document, path: KeyPath): void {
  if (!isMap(document.contents)) document.contents = document.createNode({});
  for (let depth = 1; depth < path.length; depth++) {
    const way = path.slice(0, depth);
    if (document.hasIn(way) && document.getIn(way) === null) document.setIn(way, document.createNode({}));
  }
}
