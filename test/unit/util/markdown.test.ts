import { describe, expect, it } from "vitest";
import { escapeHtml, renderMarkdown, visibleControls } from "../../../src/util/markdown.js";
import { checkBalance, tagsOf } from "../../rig/html.js";

const LINK = 'target="_blank" rel="noopener noreferrer nofollow"';

describe("what an answer may look like", () => {
  it("headings, emphasis, code, lists, quotes and rules", () => {
    const html = renderMarkdown(
      "# A\n\n*b* **c** ~~d~~ `e<f`\n\n- g\n  1. h\n\n> i\n\n---\n\n```ts\nconst x = 1 < 2;\n```\n",
    );
    for (const part of [
      "<h1>A</h1>",
      "<em>b</em> <strong>c</strong> <s>d</s> <code>e&lt;f</code>",
      "<ol>\n<li>h</li>\n</ol>",
      "<blockquote>\n<p>i</p>\n</blockquote>",
      "<hr>",
      '<pre><code class="language-ts">const x = 1 &lt; 2;\n</code></pre>',
    ])
      expect(html).toContain(part);
  });

  it("tables, aligned without a style", () => {
    const html = renderMarkdown("| a | b |\n|--:|---|\n| 1 | 2 |\n");
    expect(html).toContain('<th align="right">a</th>\n<th>b</th>');
    expect(html).not.toContain("style");
  });

  it("code that was never closed", () => {
    expect(renderMarkdown("```js\nlet x;\n# y")).toBe('<pre><code class="language-js">let x;\n# y</code></pre>\n');
  });
});

describe("links", () => {
  it.each([
    ["[x](https://a.example/b?c=1&d)", `<a href="https://a.example/b?c=1&amp;d" ${LINK}>x</a>`],
    ["[x](http://a.example 'title')", `<a href="http://a.example" ${LINK}>x</a>`],
    ["<mailto:a@b.example>", `<a href="mailto:a@b.example" ${LINK}>mailto:a@b.example</a>`],
    ["[x][1]\n\n[1]: https://a.example", `<a href="https://a.example" ${LINK}>x</a>`],
  ])("%s leads there, in a new tab", (text, html) => {
    expect(renderMarkdown(text)).toContain(html);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&Tab;script&NewLine;:alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](<  javascript:alert(1)>)",
    "[x](javascript&#58alert(1))",
    "[x](%6aavascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](DATA:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](https:evil.example)",
    "[x](\\\\evil.example\\a)",
    "[x](blob:https://a.example/1)",
    "[x](ws://a.example)",
    "[x](#fragment)",
    "[x](view-source:https://a.example)",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x]\n\n[x]: <javascript:alert(1)> 'title'",
    "![x](javascript:alert(1))",
    "[![x](javascript:a)](javascript:b)",
    "[x]()",
    "[x](<>)",
  ])("%s leads nowhere", (text) => {
    expect(tagsOf(renderMarkdown(text)).filter(({ name }) => name !== "p")).toEqual([]);
  });

  it("keep the path they name, if they lead nowhere", () => {
    expect(renderMarkdown("see [the **login**](src/auth.js:42)")).toBe(
      "<p>see the <strong>login</strong> (src/auth.js:42)</p>\n",
    );
    expect(renderMarkdown("[src/a.js](src/a.js)")).toBe("<p>src/a.js</p>\n");
  });

  it("show the real name of a host that looks like another one", () => {
    expect(renderMarkdown("[x](https://аpple.example)")).toContain('href="https://xn--pple-43d.example"');
  });
});

describe("images", () => {
  it("are never loaded: a link, or their description, takes their place", () => {
    expect(renderMarkdown("![a *plan*](https://a.example/p.png 'x')")).toBe(
      `<p><a href="https://a.example/p.png" ${LINK}>a plan</a></p>\n`,
    );
    expect(renderMarkdown("![](data:image/png;base64,AAAA)")).toBe("<p>image</p>\n");
    expect(renderMarkdown("[![badge](https://a.example/b.svg)](https://a.example)")).toBe(
      `<p><a href="https://a.example" ${LINK}>badge</a></p>\n`,
    );
  });
});

describe("hostile text", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://a.example></iframe>",
    "<style>*{display:none}</style>",
    "</div></article><base href=https://a.example>",
    "<!-- <script>alert(1)</script> -->",
    "<![CDATA[<script>]]>",
    "<?xml ?><a href=javascript:alert(1)>x</a>",
    '[x](https://a.example "><script>alert(1)</script>")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "`<script>`",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    '```"><img src=x onerror=alert(1)>\nx\n```',
    "| <b> | x |\n|---|---|\n| <script> | y |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "# <form action=https://a.example><input>",
  ])("%s stays text", (text) => {
    const tags = tagsOf(renderMarkdown(text));
    checkBalance(tags);
    for (const { name, attributes } of tags) {
      expect(["p", "a", "h1", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"]).toContain(name);
      expect(Object.keys(attributes).filter((key) => !["href", "target", "rel", "class"].includes(key))).toEqual([]);
    }
  });

  it("shows control characters and reversed text for what they are, also those behind entities", () => {
    expect(renderMarkdown("a\u202eb &#x202e; \u2066 \u001b[31m \u0007 \u009b \u0000 &#0;")).toBe(
      "<p>a‹U+202E›b ‹U+202E› ‹U+2066› ␛[31m ␇ ‹U+009B› \ufffd \ufffd</p>\n",
    );
    expect(renderMarkdown("`if (a\u202e)`")).toContain("<code>if (a‹U+202E›)</code>");
    expect(renderMarkdown("שלום \u200f مرحبا 👩‍💻")).toBe("<p>שלום \u200f مرحبا 👩‍💻</p>\n");
    expect(visibleControls("a\tb\r\nc\u007f")).toBe("a\tb\r\nc‹U+007F›");
  });

  it.each([
    ["quotes", `${"> ".repeat(5000)}the end`],
    ["lists", `${"- ".repeat(5000)}the end`],
    ["both", `${"> 1. ".repeat(5000)}the end`],
    ["brackets", `${"[".repeat(5000)}the end${"](x)".repeat(5000)}`],
    ["emphasis", `${"*a **b ".repeat(5000)}the end`],
  ])("deeply nested %s lose nothing and nest only so far", (_, text) => {
    const html = renderMarkdown(text);
    expect(html).toContain("the end");
    const tags = tagsOf(html);
    checkBalance(tags);
    expect(html.split("<blockquote>").length).toBeLessThan(60);
  });

  it("10 MB are shown as they are", () => {
    const text = "<b>*x*\n".repeat(1_500_000);
    const html = renderMarkdown(text);
    expect(html.startsWith("<pre>&lt;b&gt;*x*\n")).toBe(true);
    expect(html.split("*x*").length).toBe(1_500_001);
  });
});

it("escapes what has a meaning in HTML", () => {
  expect(escapeHtml(`<a href="x" title='y'>&amp;`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;");
});

it("makes links of addresses that are written out, and of nothing that only looks like a host", () => {
  expect(renderMarkdown("see https://example.org/a?b=1, main.rs and README.md")).toBe(
    '<p>see <a href="https://example.org/a?b=1" target="_blank" rel="noopener noreferrer nofollow">https://example.org/a?b=1</a>, main.rs and README.md</p>\n',
  );
});

it("shows the boxes of a list of tasks", () => {
  expect(renderMarkdown("- [x] tests\n- [ ] docs\n- [y] x\n")).toBe(
    "<ul>\n<li>☑ tests</li>\n<li>☐ docs</li>\n<li>[y] x</li>\n</ul>\n",
  );
});
