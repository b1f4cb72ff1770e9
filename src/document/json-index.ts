// Where everything stands in JSON text: built only when there is something to report, so that reading a good file
// costs no more than `JSON.parse`.
import type { KeyPath } from "./diagnostics.js";
import { endOfString } from "./json-scanner.js";

/** Offsets into the text. */
interface Node {
  at: number;
  key_at?: number;
  items?: Node[];
  members?: Map<string, Node>;
}

export interface JsonIndex {
  /** The offset of a value, or of its name; of the nearest parent for a path that does not exist. */
  locate(path: KeyPath, at?: "key" | "value"): number;
  /** Names given more than once in one object: each but the first. */
  duplicates: { path: KeyPath; offset: number; first_offset: number }[];
}

/** Indexes text that a parser has accepted: JSON, or JSON with comments and trailing commas. */
export function indexJson(text: string): JsonIndex {
  const duplicates: JsonIndex["duplicates"] = [];
  const path: (string | number)[] = [];
  let at = 0;

  const skipSpace = () => {
    for (;;) {
      while (/\s/.test(text[at] ?? "")) at++;
      if (text.startsWith("//", at)) at = orEnd(text.indexOf("\n", at));
      else if (text.startsWith("/*", at)) at = orEnd(text.indexOf("*/", at)) + 2;
      else return;
    }
  };
  const orEnd = (found: number) => (found === -1 ? text.length : found);
  /** Steps over the opening bracket, each item with what separates it from the next, and the closing bracket. */
  const each = (close: string, item: (index: number) => void) => {
    at++;
    for (let index = 0; ; index++) {
      skipSpace();
      if (at >= text.length || text[at] === close) break;
      item(index);
      skipSpace();
      if (text[at] === ",") at++;
    }
    at++;
  };

  const readMember = (members: Map<string, Node>) => {
    const key_at = at;
    at = endOfString(text, at) + 1;
    const name: string = JSON.parse(text.slice(key_at, at));
    skipSpace();
    at++; // the colon
    path.push(name);
    const node = { ...readNode(), key_at };
    const first = members.get(name);
    if (first === undefined) members.set(name, node);
    else duplicates.push({ path: [...path], offset: key_at, first_offset: first.key_at ?? first.at });
    path.pop();
  };

  const readNode = (): Node => {
    skipSpace();
    const node: Node = { at };
    if (text[at] === "{") {
      const members = new Map<string, Node>();
      each("}", () => readMember(members));
      node.members = members;
    } else if (text[at] === "[") {
      const items: Node[] = [];
      each("]", (index) => {
        path.push(index);
        items.push(readNode());
        path.pop();
      });
      node.items = items;
    } else if (text[at] === '"') at = endOfString(text, at) + 1;
    else while (at < text.length && !/[\s,\]}/]/.test(text[at] ?? "")) at++;
    return node;
  };

  const root = readNode();
  return {
    duplicates,
    locate(wanted, place = "value") {
      let node = root;
      for (const step of wanted) {
        const next = typeof step === "number" ? node.items?.[step] : node.members?.get(step);
        if (next === undefined) return node.at;
        node = next;
      }
      return place === "key" ? (node.key_at ?? node.at) : node.at;
    },
  };
}
