import fc from "fast-check";
import { expect, it } from "vitest";
import { renderMarkdown } from "../../../src/util/markdown.js";
import { checkBalance, tagsOf } from "../../rig/html.js";

/** Tag → the attributes that it may have. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    "p br hr em strong s blockquote ul li pre h1 h2 h3 h4 h5 h6 table thead tbody tr"
      .split(" ")
      .map((name) => [name, []]),
  ),
  a: ["href", "target", "rel"],
  code: ["class"],
  ol: ["start"],
  th: ["align"],
  td: ["align"],
};

const pieces = (
  "a b <script> </script> <b <img onerror= &lt; &#x3c; &#106; javascript: data: https://a.example ( ) [ ] ![ ](" +
  " < > \" ' \\ ` ``` ~~~ * ** _ ~~ # - + 1. > | |- :-: \n \n\n \t \r \0 \u202e \u001b &Tab; ]: [a]: <mailto: <!--" +
  " ]]> = --- \ud800 é 👩‍💻"
).split(/ (?=[^ ]|$)/);

const markdownLike = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces, " ") }, fc.string()), {
  maxLength: 60,
});

it("comes out as nothing but the tags and attributes of prose, properly nested, whatever goes in", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        markdownLike.map((parts) => parts.join("")),
        fc.string({ unit: "binary", maxLength: 300 }),
      ),
      (text) => {
        const tags = tagsOf(renderMarkdown(text));
        checkBalance(tags);
        for (const { name, closing, attributes } of tags) {
          expect(Object.keys(ALLOWED)).toContain(name);
          expect(closing ? [] : ALLOWED[name]).toEqual(expect.arrayContaining(Object.keys(attributes)));
          if (name !== "a" || closing) continue;
          expect(attributes.href).toMatch(/^(https?:\/\/|mailto:)/i);
          expect(attributes).toMatchObject({ target: "_blank", rel: "noopener noreferrer nofollow" });
        }
      },
    ),
    { numRuns: 2000 },
  );
});
