// Where everything stands in JSON text: built only when there is something to report, so that reading a good file
// costs no more than `JSON.parse`.
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import type { KeyPath } from "./diagnostics.js";

export interface JsonIndex {
  /** The offset of a value, or of its name; of the nearest parent for a path that does not exist. */
  locate(path: KeyPath, at?: "key" | "value"): number;
  /** Names given more than once in one object: each but the first. */
  duplicates: { path: KeyPath; offset: number; first_offset: number }[];
}

/**
 * Indexes text that a parser has accepted: JSON, or JSON with comments and trailing commas. `parseTree` recurses: text that
 * is nested deeper than `MAX_DEPTH` must have been refused before.
 */
export function indexJson(text: string): JsonIndex {
  const root = parseTree(text, [], { allowTrailingComma: true });
  return {
    duplicates: root === undefined ? [] : duplicatesIn(root, []),
    locate(path, place = "value") {
      for (let length = path.length; length >= 0 && root !== undefined; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        if (node === undefined) continue;
        const key = node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
        return place === "key" && length === path.length && key !== undefined ? key.offset : node.offset;
      }
      return 0;
    },
  };
}

function duplicatesIn(node: Node, path: KeyPath): JsonIndex["duplicates"] {
  const first = new Map<string, Node>();
  return (node.children ?? []).flatMap((child, index) => {
    if (child.type !== "property") return duplicatesIn(child, [...path, index]);
    const [key, value] = child.children ?? [];
    if (key === undefined) return [];
    const here = [...path, key.value as string];
    const before = first.get(key.value);
    if (before === undefined) first.set(key.value, key);
    const own = before && [{ path: here, offset: key.offset, first_offset: before.offset }];
    return [...(own ?? []), ...(value === undefined ? [] : duplicatesIn(value, here))];
  });
}
