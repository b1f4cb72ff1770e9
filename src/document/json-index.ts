// Finds the places of values in JSON text. Built only if there is a problem to report, so that reading a good file costs no
// more than `JSON.parse`.
import { type Node, parseTree } from "jsonc-parser";
import type { KeyPath } from "./diagnostics.js";

export interface JsonIndex {
  /** The offset of a value or its name; for a path that does not exist, the offset of the nearest parent. */
  locate(path: KeyPath, at?: "key" | "value"): number;
  /** Names given more than once in one object: each but the first. */
  duplicates: { path: KeyPath; offset: number; first_offset: number }[];
}

/**
 * Indexes text that a parser has accepted: JSON, or JSON with comments and trailing commas. `parseTree` recurses, so refuse
 * text that is nested deeper than `MAX_DEPTH` before.
 */
export function indexJson(text: string): JsonIndex {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const members = new Map<Node, Map<string, Node>>();
  /** The property of an object. Fast even for a hundred thousand properties, since each of them may have a problem. */
  const member = (node: Node, name: string): Node | undefined => {
    let known = members.get(node);
    if (known === undefined) {
      known = new Map();
      for (const property of node.children ?? []) {
        const key: unknown = property.children?.[0]?.value;
        // If a name occurs twice, keep the first.
        if (typeof key === "string" && !known.has(key)) known.set(key, property);
      }
      members.set(node, known);
    }
    return known.get(name);
  };
  return {
    duplicates: root === undefined ? [] : duplicatesIn(root, []),
    locate(path, place = "value") {
      let node = root;
      let key: Node | undefined;
      for (const step of path) {
        const property = typeof step === "string" && node?.type === "object" ? member(node, step) : undefined;
        const next =
          property?.children?.[1] ??
          (typeof step === "number" && node?.type === "array" ? node.children?.[step] : undefined);
        if (next === undefined) return node?.offset ?? 0;
        key = property?.children?.[0];
        node = next;
      }
      return (place === "key" ? key?.offset : undefined) ?? node?.offset ?? 0;
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
