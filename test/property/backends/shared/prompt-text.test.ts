// `literal` adds backslashes (and one newline) and nothing else, where the CLI would expand something and nowhere else. The
// patterns are those in the CLIs: claude 2.1.197, gemini 0.61.0.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backends } from "../../../../src/backends/index.js";

const AFTER = "(^|[\\s\\u3002\\u3001\\uFF1F\\uFF01])";
const CLAUDE = [
  new RegExp(`${AFTER}@"([^"]+)"`),
  new RegExp(`${AFTER}@([^\\s]+)\\b`),
  new RegExp(`${AFTER}@(agent-[\\w:.@-]+)`),
];
const GEMINI = [/(?<!\\)@(?:(?:"(?:[^"]*)")|(?:\\.|[^ \t\n\r,;!?()[\]{}.]|\.(?!$|[ \t\n\r])))+/];
const SLASH = [/^\/(?![/*])/];

const piece = fc.oneof(
  fc.constantFrom("@", "@", "\\", "/", "..", ".", '"', "\n", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\r\n"),
  fc.constantFrom("。", "、", "？", "！", "(", ")", "[", "{", ",", ";", "#", "$", "me@example.com", "@Override"),
  fc.constantFrom("secret.txt", "agent-x", "server:uri", "a", "é", "字", "😀", "*"),
  fc.string(),
);
const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));

/** The text of which `made` is a copy with backslashes in front of some `@`, and perhaps a newline at the beginning. */
function withoutAdded(made: string, text: string): string {
  const body = made.startsWith("\n/") && text.startsWith("/") ? made.slice(1) : made;
  let at = 0;
  let found = "";
  for (const sign of body) {
    if (sign === "\\" && text[at] === "@") continue;
    found += sign;
    at += sign.length;
  }
  return found;
}

describe.each([
  ["claude", CLAUDE],
  ["gemini", [...GEMINI, ...SLASH]],
] as const)("%s", (name, patterns) => {
  const { literal } = backends[name];

  it("finds nothing to expand in what comes out", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const pattern of patterns) expect(literal(text)).not.toMatch(pattern);
      }),
    );
  });

  it("adds nothing but backslashes in front of `@`, and a newline in front of a command", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(withoutAdded(literal(text), text)).toBe(text);
      }),
    );
  });

  it("leaves alone what has been through it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(literal(literal(text))).toBe(literal(text));
      }),
    );
  });

  it("stays harmless between other texts", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const inside = `see ${literal(text)}name`;
        const mentions = patterns.filter((pattern) => pattern !== SLASH[0]);
        for (const pattern of mentions) expect(inside).not.toMatch(pattern);
      }),
    );
  });
});

describe("nothing is added where nothing would be expanded", () => {
  it.each([
    ["claude", "me@example.com <you@example.com> (@x) 'a@b' @ home, a@ b\nfoo@\n"],
    ["claude", "/help is a command only in front of the whole prompt"],
    ["gemini", "@ home, a@ b, (@) @, @! [@] {@} foo@\n\\@x // a /b"],
    ["gemini", "//comment"],
    ["gemini", "/* comment */"],
    ["codex", "@x /help me@example.com $HOME !ls"],
  ] as const)("%s: %j", (name, text) => expect(backends[name].literal(text)).toBe(text));
});

it("text for claude may be what claude takes for nothing: a sign too many is harmless, one too few is not", () => {
  expect(backends.claude.literal("@… @?")).toBe("\\@… \\@?");
});

it("codex's text is the text", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(backends.codex.literal(text)).toBe(text);
    }),
  );
});
