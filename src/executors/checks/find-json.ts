// Finds the one JSON value in an answer: models often wrap it in a code fence or in a sentence.
import { MAX_DEPTH, scanJson } from "../../document/json-scanner.js";
import { err, ok, type Result } from "../../util/result.js";

/**
 * The whole text, else the only fenced code block that holds JSON, else the outermost `{…}` or `[…]`. The error completes
 * the sentence "the answer …". Takes time linear in the length of the text.
 */
export function findJson(text: string): Result<unknown, string> {
  const whole = parse(text);
  if (whole !== undefined) return check(whole);
  const fenced = codeBlocks(text);
  const labelled = fenced.filter(({ label }) => label === "json");
  const blocks = labelled.length > 0 ? labelled : fenced.filter(({ label }) => label === "");
  const parsed = blocks.map(({ body }) => parse(body)).filter((found) => found !== undefined);
  const [only] = parsed;
  if (parsed.length > 1) return err(`holds ${parsed.length} JSON code blocks, and it is not clear which one counts`);
  if (only !== undefined) return check(only);
  if (labelled.length > 0) return err("has a JSON code block that is not valid JSON");
  return outermost(text);
}

/** The closed fenced code blocks. Passes over the fence lines once, so that many open ones cost no more. */
function codeBlocks(text: string): { label: string; body: string }[] {
  const blocks: { label: string; body: string }[] = [];
  let open: { label: string; start: number } | undefined;
  for (const { 0: line, 1: info = "", index } of text.matchAll(/^[ \t]*```([^\n`]*)$/gm)) {
    const label = info.trim().toLowerCase();
    if (open === undefined) open = { label, start: index + line.length };
    else if (label === "") {
      blocks.push({ label: open.label, body: text.slice(open.start, index) });
      open = undefined;
    }
  }
  return blocks;
}

interface Parsed {
  value: unknown;
  text: string;
}

function outermost(text: string): Result<unknown, string> {
  const object = between(text, "{", "}");
  const array = between(text, "[", "]");
  if (object === undefined && array === undefined) {
    return err(/[{[]/.test(text) ? "holds no single valid JSON value" : "holds no JSON");
  }
  if (object === undefined || array === undefined) return check((object ?? array) as Parsed & Span);
  if (object.start < array.start && object.end > array.end) return check(object);
  if (array.start < object.start && array.end > object.end) return check(array);
  return err("holds more than one JSON value, and it is not clear which one counts");
}

interface Span {
  start: number;
  end: number;
}

function between(text: string, open: string, close: string): (Parsed & Span) | undefined {
  const start = text.indexOf(open);
  const end = text.lastIndexOf(close) + 1;
  if (start < 0 || end <= start) return undefined;
  const found = parse(text.slice(start, end));
  return found === undefined ? undefined : { ...found, start, end };
}

function parse(text: string): Parsed | undefined {
  try {
    return { value: JSON.parse(text), text };
  } catch {
    return undefined;
  }
}

/** Refuses deep nesting: it would overflow the stack of code that prints the value. */
function check({ value, text }: Parsed): Result<unknown, string> {
  return scanJson(text).refused === undefined ? ok(value) : err(`is nested more than ${MAX_DEPTH} levels deep`);
}
