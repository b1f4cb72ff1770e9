// Reports for other tools stay whole, whatever agents and people have written into names, answers and failures.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { SaxesParser } from "saxes";
import { afterAll, expect, it } from "vitest";
import { githubReporter } from "../../../src/reporters/github/github.js";
import { htmlReporter } from "../../../src/reporters/html/html.js";
import { junitReporter } from "../../../src/reporters/junit.js";
import type { Reporter } from "../../../src/reporters/reporter.js";
import { FAILURE_KINDS } from "../../../src/schema/failure.js";
import { STATUSES, type TaskRecord } from "../../../src/schema/result.js";
import { checkBalance, tagsOf } from "../../rig/html.js";
import { record, wholeRun } from "../../unit/reporters/run-events.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-reports-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const hostile = fc.constantFrom(
  "]]>",
  "</system-out>",
  "&#0;",
  "<!--",
  "</details>",
  "</summary>",
  "\n\n",
  "```",
  "| ",
  '"',
  "'",
  "<b>",
  "</pre>",
  "</style>",
  "\u0000",
  "\u0085",
  "\u2028",
  "\ud800",
  "\uffff",
  "::error::",
  "%0A",
  "\r",
);
const anyText = fc
  .array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 20 }), fc.string({ maxLength: 20 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));

const anyRun: fc.Arbitrary<TaskRecord[]> = fc
  .array(
    fc.record({
      name: anyText,
      content: anyText,
      model: fc.option(anyText),
      status: fc.constantFrom(...STATUSES),
      kind: fc.constantFrom(...FAILURE_KINDS),
      message: anyText,
      hint: anyText,
      tag: anyText,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((tasks) =>
    tasks.map(({ name, content, model, status, kind, message, hint, tag }, index) =>
      record({
        index,
        name,
        content,
        model,
        status,
        tags: [tag],
        ...(status === "OK" ? {} : { failure: { kind, message, hint } }),
      }),
    ),
  );

function report(reporter: Reporter, results: readonly TaskRecord[]): void {
  for (const event of wholeRun(results)) reporter.onEvent(event);
  void reporter.close();
}

const onSinkError = (message: string) => expect.unreachable(message);

it("JUnit: XML that a strict parser takes, with the tasks that there were", () => {
  const path = join(dir, "junit.xml");
  fc.assert(
    fc.property(anyRun, (results) => {
      report(junitReporter({ path, version: "1", onSinkError }), results);
      const parser = new SaxesParser();
      const cases: (string | undefined)[] = [];
      let skipped = 0;
      parser.on("error", (error) => expect.unreachable(error.message));
      parser.on("opentag", ({ name, attributes }) => {
        if (name === "testcase") cases.push(attributes.name);
        if (name === "skipped") skipped += 1;
      });
      parser.write(readFileSync(path, "utf8")).close();
      expect(cases).toHaveLength(results.length);
      expect(new Set(cases).size).toBe(results.length);
      expect(skipped).toBe(results.filter(({ status }) => status === "CANCELED" || status === "WAITING").length);
    }),
    { numRuns: 150 },
  );
});

it("GitHub: one line per command, one folded answer per task, and no tag of an answer's own", () => {
  const path = join(dir, "summary.md");
  const markdown = new MarkdownIt({ html: true });
  fc.assert(
    fc.property(anyRun, (results) => {
      writeFileSync(path, "");
      const lines: string[] = [];
      report(githubReporter({ summary_path: path, command: (line) => lines.push(line), onSinkError }), results);
      for (const line of lines) expect(line).toMatch(/^::[^\r\n]*::[^\r\n]*\n$/);
      const tags = tagsOf(markdown.render(readFileSync(path, "utf8")).replaceAll(' style="text-align:right"', ""));
      checkBalance(tags);
      const folded = tags.filter(({ name, closing }) => name === "details" && !closing);
      expect(folded).toHaveLength(results.filter(({ content }) => content !== "").length);
      expect(tags.map(({ name }) => name)).not.toContain("script");
    }),
    { numRuns: 150 },
  );
});

it("HTML: a page of our own tags only, properly nested", () => {
  const path = join(dir, "report.html");
  const shape = (results: readonly TaskRecord[]) => {
    report(htmlReporter({ path, version: "1", recorded: true, onSinkError }), results);
    return readFileSync(path, "utf8")
      .replace("<!doctype html>", "")
      .replace(/<style>.*<\/style>/s, "");
  };
  const known = new Set([
    ..."html head meta title body main header p code h1 h2 h3 h4 h5 h6 svg rect text span i b dl div dt dd small".split(
      " ",
    ),
    ..."section ul ol li a em strong s hr br pre blockquote table thead tbody tr th td details summary footer".split(
      " ",
    ),
  ]);
  const allowed = new Set(
    "lang charset http-equiv content name class id href rel target viewBox preserveAspectRatio x y width height open align start aria-hidden text-anchor".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(anyRun, (results) => {
      const tags = tagsOf(shape(results));
      checkBalance(tags.filter(({ name }) => !["li", "dt", "dd"].includes(name)));
      for (const { name, attributes } of tags) {
        expect(known).toContain(name);
        for (const key of Object.keys(attributes)) expect(allowed).toContain(key);
      }
    }),
    { numRuns: 150 },
  );
});
