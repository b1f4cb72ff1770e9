// Parses YAML and knows the place of every value. Loaded only for YAML, because its parser costs about as much as starting
// Node.
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { err, ok, type Result } from "../util/result.js";
import { givenTwice, type KeyPath, type Locate, lineMap, type Position, type Problem } from "./diagnostics.js";
import { inspectValue, MAX_DEPTH, MAX_NAMES, TOO_MANY_NAMES } from "./json-scanner.js";

/**
 * Each level needs at least one column, and the parser recurses once per level. Near the end of the stack Node 20 aborts
 * (seen with yaml 2.9.1 at 100,000 nested lists), so catching the error would be too late.
 */
const MAX_COLUMNS_OF_INDENTATION = 400;

/** Aliases per anchor, multiplied if they nest; a file of 10,000 tasks may share one anchor. */
const MAX_ALIASES = 10_000;

type At = (offset: number) => Position;

/** The value of one YAML document, or the syntax errors. Names are always strings, as in JSON; `<<` merges. */
export function parseYaml(text: string): Result<{ value: unknown; problems: Problem[]; locate: Locate }, Problem[]> {
  const position = lineMap(text);
  const refused = findTooMuch(text);
  if (refused !== undefined) {
    return err([{ path: [], position: position(refused.offset), message: refused.message }]);
  }
  const document = parseDocument(text, {
    schema: "core",
    merge: true,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "error",
    // With this check the parser compares all names with each other (30 s for 50,000 names); see `findProblems`.
    uniqueKeys: false,
  });
  const first = document.errors[0] ?? document.warnings[0];
  if (first !== undefined) {
    return err([{ path: [], position: position(first.pos[0]), message: wordsFor(first.code, first.message) }]);
  }
  const { unresolved, problems } = findProblems(document, position);
  if (unresolved.length > 0) return err(unresolved);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    // The parser throws a ReferenceError if there are too many aliases, and overflows the stack if they lead in a circle.
    if (!(cause instanceof ReferenceError || cause instanceof RangeError)) throw cause;
    return err([{ path: [], message: "its aliases (`*name`) expand to too much" }]);
  }
  return ok({
    value,
    problems: [...problems, ...inspectValue(value).problems],
    locate: (path, at) => position(locate(document, path, at)),
  });
}

const TOO_DEEP = "this is nested too deeply";

/** The first token that is nested too deeply to be parsed safely, or is one name too many. */
function findTooMuch(text: string): { offset: number; message: string } | undefined {
  let at = 0;
  let lineStart = 0;
  let flowDepth = 0;
  let leading = true;
  const names = new NameCount();
  for (const token of new Lexer().lex(text)) {
    // Skip the lexer's own marks, which are not in the text: document, error and scalar.
    if (token === "\x02" || token === "\x18" || token === "\x1f") continue;
    const isBlock = flowDepth === 0;
    if (token === "[" || token === "{") flowDepth++;
    else if (token === "]" || token === "}") flowDepth--;
    if (flowDepth > MAX_DEPTH) return { offset: at, message: TOO_DEEP };
    if (token === ":" && names.add(flowDepth)) return { offset: at, message: TOO_MANY_NAMES };
    if (token === "{" || token === "[") names.open(flowDepth);
    if (token === "\n" || token === "\r\n") {
      leading = true;
      lineStart = at + token.length;
    } else if (leading && isBlock && token.trim() !== "" && !token.startsWith("#")) {
      if (at - lineStart > MAX_COLUMNS_OF_INDENTATION) return { offset: at, message: TOO_DEEP };
      names.line(at - lineStart, token);
      leading = token === "-" || token === "?";
    }
    at += token.length;
  }
  return undefined;
}

/** Counts the names of each map while its text is read. */
class NameCount {
  /** The block maps around the present line, by their columns, outermost first. */
  readonly #block: { column: number; names: number }[] = [];
  /** By depth of brackets. */
  readonly #flow: number[] = [];

  /** A line begins with this token, or has it behind `-` or `?`. */
  line(column: number, token: string): void {
    while ((this.#block.at(-1)?.column ?? -1) > column) this.#block.pop();
    if (token !== "-" && token !== "?" && this.#block.at(-1)?.column !== column) this.#block.push({ column, names: 0 });
  }

  open(depth: number): void {
    this.#flow[depth] = 0;
  }

  /** One more name in the innermost map; `true` = it has too many. */
  add(flowDepth: number): boolean {
    if (flowDepth > 0) {
      const names = (this.#flow[flowDepth] ?? 0) + 1;
      this.#flow[flowDepth] = names;
      return names > MAX_NAMES;
    }
    const map = this.#block.at(-1);
    return map !== undefined && ++map.names > MAX_NAMES;
  }
}

/** Finds names given twice, aliases without an anchor before them, and merges of what can't be merged. */
function findProblems(document: Document, position: At): { unresolved: Problem[]; problems: Problem[] } {
  const unresolved: Problem[] = [];
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Alias(_key, alias) {
      if (anchors.has(alias.source)) return;
      const message = `there is no anchor \`&${alias.source}\` before this alias`;
      unresolved.push({ path: [], position: position(alias.range?.[0] ?? 0), message });
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.add(node.anchor);
    },
    Map(_key, map, ancestors) {
      if (map.anchor !== undefined) anchors.add(map.anchor);
      const seen = new Map<string, number>();
      for (const { key, value } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const offset = key.range?.[0] ?? 0;
        const wrong =
          name === "<<" && key.type === "PLAIN" ? mergeProblem(document, value, [...ancestors, map]) : undefined;
        if (wrong !== undefined) unresolved.push({ path: [], position: position(offset), message: wrong });
        const first = seen.get(name);
        if (first === undefined) seen.set(name, offset);
        else problems.push(givenTwice([...pathTo([...ancestors, map]), name], position(offset), position(first)));
      }
    },
  });
  return { unresolved, problems };
}

/** Why the value of a `<<` can't be merged into the last of these nodes, of which each contains the next. */
function mergeProblem(document: Document, value: unknown, around: readonly unknown[]): string | undefined {
  const meant = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  const source = meant(value);
  const sources = isSeq(source) ? source.items.map(meant) : [source];
  // An alias without an anchor is a problem of its own.
  if (sources.some((node) => node !== undefined && !isMap(node)))
    return "`<<` merges maps only: one `*name`, or a list of them";
  return [source, ...sources].some((node) => around.includes(node)) ? "`<<` merges what contains it" : undefined;
}

/** The path of the last node in a chain in which each node contains the next. */
function pathTo(chain: readonly unknown[]): KeyPath {
  return chain.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : ""];
    return isSeq(node) && index < chain.length - 1 ? [node.items.indexOf(chain[index + 1])] : [];
  });
}

/** The offset of a value or its name; for a path that does not exist, the offset of the nearest parent. */
function locate(document: Document, path: KeyPath, at: "key" | "value" = "value"): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = findPair(document, node, String(step));
      if (pair === undefined) return offset;
      node = pair.value;
      const wanted = at === "key" && index === path.length - 1 ? pair.key : pair.value;
      offset = offsetOf(wanted) ?? offset;
    } else if (isSeq(node) && typeof step === "number" && step < node.items.length) {
      node = node.items[step];
      offset = offsetOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

/** The member of a map, or of one that is merged into it. */
function findPair(document: Document, map: YAMLMap, name: string): { key: unknown; value: unknown } | undefined {
  const own = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  if (own !== undefined) return own;
  for (const { key, value } of map.items) {
    if (!isScalar(key) || String(key.value) !== "<<") continue;
    for (const source of isSeq(value) ? value.items : [value]) {
      const merged = isAlias(source) ? source.resolve(document) : source;
      const pair = isMap(merged) && merged !== map ? findPair(document, merged, name) : undefined;
      if (pair !== undefined) return pair;
    }
  }
  return undefined;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

/** The parser's message without details that only its programmers need. */
function wordsFor(code: string, message: string): string {
  switch (code) {
    case "MULTIPLE_DOCS":
      return "there is a second document; a file holds one";
    case "TAB_AS_INDENT":
      return "lines are indented with spaces, not with tabs";
    case "TAG_RESOLVE_FAILED":
      return `this tag is not supported (${message.replace(/^Unresolved tag: /, "")})`;
    case "BLOCK_AS_IMPLICIT_KEY":
      return "text with `: ` in it needs quotes";
    case "MISSING_CHAR":
      return message.includes("quote") ? "a closing quote is missing" : lowerFirst(message);
    case "NON_STRING_KEY":
      return "a name must be plain text";
    default:
      return lowerFirst(message);
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
