// Whatever the file looks like: a value that is set can be read again, and everything else is as before.
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { editYaml } from "../../../src/config/edit-yaml.js";

const name = fc.oneof(
  fc.constantFrom("a", "b", "model", "env", "x y", "1", "true", "- c", "#d", "é"),
  fc.string({ minLength: 1, maxLength: 4 }).filter((text) => text !== "<<" && text !== "__proto__"),
);
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.oneof(fc.string(), fc.integer())));
const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
  tree: fc.dictionary(name, fc.oneof({ depthSize: "small" }, leaf, tie("tree")), { noNullPrototype: true }),
}));

/** A file as somebody may have written it: indented their way, in blocks or on one line, with a comment on each line. */
const written = fc
  .record({ value: tree, indent: fc.constantFrom(2, 3, 4), flow: fc.boolean(), comments: fc.boolean() })
  .map(({ value, indent, flow, comments }) => {
    const document = parseDocument(
      stringify(value, { indent, lineWidth: 0, blockQuote: false, collectionStyle: flow ? "flow" : "any" }),
    );
    const text = String(document);
    return { value, text: comments ? `# first\n${text}# last\n` : text };
  });

function withValue(root: unknown, [step = "", ...rest]: string[], value: unknown): unknown {
  const own = root as Record<string, unknown>;
  return { ...own, [step]: rest.length === 0 ? value : withValue(own[step] ?? {}, rest, value) };
}

/** The path as far as it leads through objects, and one step more. */
function within(root: unknown, path: string[]): string[] {
  const used: string[] = [];
  let here = root;
  for (const step of path) {
    if (typeof here !== "object" || here === null || Array.isArray(here)) break;
    used.push(step);
    if (!Object.hasOwn(here, step)) return path;
    here = (here as Record<string, unknown>)[step];
  }
  return used;
}

it("a value that is set is there, nothing else changes, and comments stay", () => {
  fc.assert(
    fc.property(written, fc.array(name, { minLength: 1, maxLength: 4 }), leaf, ({ value, text }, wanted, set) => {
      const path = within(value, wanted);
      const after = editYaml(text, path, set) ?? "";
      const document = parseDocument(after, { schema: "core", stringKeys: true });
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toEqual(withValue(value, path, set));
      if (text.startsWith("# first\n")) expect(after).toMatch(/^# first\n.*# last\n/s);
    }),
    { numRuns: 100 },
  );
});
