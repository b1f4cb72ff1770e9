// Parses JSON with comments and trailing commas, and words its syntax errors. Loaded only if plain JSON parsing fails.

import { getNodeValue, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { cut } from "../util/cut.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { lineMap, type Problem } from "./diagnostics.js";

/** The value, or the first syntax error: later errors mostly follow from it. */
export function parseJsonc(text: string): Result<unknown, Problem[]> {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first, second] = errors;
  if (first === undefined) return ok(root === undefined ? undefined : getNodeValue(root));
  const { offset = first.offset, message, hint } = explain(text, first, second);
  return err([{ path: [], position: lineMap(text)(offset), message, ...omitUndefined({ hint }) }]);
}

interface Explanation {
  message: string;
  hint?: string;
  /** A more exact place than the parser's. */
  offset?: number;
}

function explain(text: string, error: ParseError, next: ParseError | undefined): Explanation {
  const token = text.slice(error.offset, error.offset + error.length);
  const code = printParseErrorCode(error.error);
  switch (code) {
    case "InvalidSymbol":
      return explainSymbol(token, next !== undefined && printParseErrorCode(next.error) === "PropertyNameExpected");
    case "CommaExpected":
      return { message: `a comma is missing before ${show(token)}` };
    case "ColonExpected":
      return { message: "a `:` is missing after the name" };
    case "PropertyNameExpected":
      return token === ","
        ? { message: "there is one comma too many" }
        : { message: `expected a name in double quotes${token === "" ? "" : `, got ${show(token)}`}` };
    case "ValueExpected":
      if (token === ",") return { message: "there is one comma too many" };
      return {
        message: token === "" ? "the text ends where a value should be" : `expected a value before ${show(token)}`,
      };
    case "CloseBraceExpected":
    case "CloseBracketExpected": {
      const bracket = code === "CloseBraceExpected" ? "}" : "]";
      return token === ""
        ? { message: `the text ends too early: a closing \`${bracket}\` is missing` }
        : { message: `expected \`,\` or \`${bracket}\` before ${show(token)}` };
    }
    case "EndOfFileExpected":
      return { message: `expected nothing more, got ${show(token)}`, hint: "a file holds one JSON value" };
    case "UnexpectedEndOfString":
      return {
        message: 'this string has no closing `"` on its line',
        hint: "a line break inside a string is written `\\n`",
      };
    case "UnexpectedEndOfComment":
    case "InvalidCommentToken":
      return { message: "this comment is not closed", hint: "end it with `*/`" };
    case "UnexpectedEndOfNumber":
    case "InvalidNumberFormat":
      return { message: `${show(token)} is not a number` };
    case "InvalidUnicode":
      return { message: "`\\u` needs four hexadecimal digits", offset: inside(error, token, /\\u(?![\da-f]{4})/i) };
    case "InvalidEscapeCharacter": {
      const bad = /\\[^"\\/bfnrtu]/s;
      const found = token.replaceAll("\\\\", "  ").match(bad)?.[0] ?? "\\";
      return {
        message: `${show(found)} is not an escape that JSON knows`,
        hint: "a backslash is written `\\\\`",
        offset: inside(error, token, bad),
      };
    }
    case "InvalidCharacter":
      return {
        message: "a string may not hold a control character",
        hint: "a tab is written `\\t`",
        offset: inside(error, token, /\p{Cc}/u),
      };
    default:
      return { message: "this is not valid JSON" };
  }
}

function explainSymbol(token: string, isName: boolean): Explanation {
  if (/^[\u201c\u201d\u201e\u2018\u2019]/.test(token)) {
    return { message: `expected straight quotes, got the typographic ones of ${show(token)}`, hint: 'write `"`' };
  }
  if (/^(\.{3}|…)/.test(token))
    return { message: `${show(token)} is a placeholder`, hint: "write what it stands for, or take it out" };
  if (token.startsWith("'")) return { message: `expected double quotes, got ${show(token)}` };
  if (isName) return { message: `a name needs double quotes, got ${show(token)}` };
  const word = { true: "true", yes: "true", false: "false", no: "false", none: "null", undefined: "null", nil: "null" }[
    token.toLowerCase()
  ];
  return {
    message: `${show(token)} is not a JSON value`,
    hint: word === undefined ? "text needs double quotes" : `write \`${word}\``,
  };
}

/** The offset of the faulty part inside a string, ignoring escaped backslashes. */
function inside(error: ParseError, token: string, culprit: RegExp): number {
  return error.offset + Math.max(0, token.replaceAll("\\\\", "  ").search(culprit));
}

function show(token: string): string {
  const line = token.split(/[\r\n]/, 1)[0] ?? "";
  return `\`${cut(line, 30)}\``;
}
