import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import MarkdownIt from "markdown-it";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkStepSummary, githubReporter } from "../../../../src/reporters/github/github.js";
import type { RunEvent } from "../../../../src/schema/event.js";
import {
  council,
  failed,
  guideResults,
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  wholeRun,
} from "../run-events.js";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-github-"));
  path = join(dir, "summary.md");
  writeFileSync(path, "");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function report(events: readonly RunEvent[]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const reporter = githubReporter({
    summary_path: path,
    command: (line) => lines.push(line),
    onSinkError: (message) => errors.push(message),
  });
  for (const event of events) reporter.onEvent(event);
  reporter.close();
  const [stop, resume, ...annotations] = lines;
  return { stop, resume, annotations, errors, summary: readFileSync(path, "utf8") };
}

describe("annotations", () => {
  it("come after the end of a time in which nothing was a command", () => {
    const first = report(wholeRun(guideResults));
    expect(first.stop).toMatch(/^::stop-commands::clinvk-[0-9a-f]{32}\n$/);
    expect(first.resume).toBe(first.stop?.replace("stop-commands::", "").replace("\n", "::\n"));
    expect(first.annotations).toEqual([]);
    expect(report(wholeRun(guideResults)).stop).not.toBe(first.stop);
  });

  it("are given for tasks that failed or wait, with what to do", () => {
    const results = [
      failed({
        index: 0,
        name: "a: b, 100%\n::c",
        failure: { kind: "crashed", message: "50% lost\r\n::x::", hint: "try again" },
      }),
      failed({ index: 1, status: "WAITING", failure: { kind: "quota_exhausted", message: "used up" } }),
      failed({ index: 2, status: "CANCELED" }),
      record({ index: 3 }),
    ];
    expect(report(wholeRun(results)).annotations).toEqual([
      "::error title=a%3A b%2C 100%25 %3A%3Ac (claude)%3A FAILED::50%25 lost%0D%0A::x::%0Atry again\n",
      "::warning title=Task 2 (claude)%3A WAITING::used up\n",
    ]);
  });

  it("are ten at most, as many as GitHub shows", () => {
    const { annotations } = report(wholeRun(Array.from({ length: 30 }, (_, index) => failed({ index }))));
    expect(annotations).toHaveLength(10);
    expect(annotations.at(-1)).toBe("::error title=clinvk::21 more tasks did not succeed; the summary names them\n");
  });

  it("are switched on again even if the run has not ended", () => {
    const { resume, annotations, summary } = report(numbered([runStarted([record()])]));
    expect(resume).toMatch(/^::clinvk-/);
    expect(annotations).toEqual([]);
    expect(summary).toBe("");
  });
});

describe("summary", () => {
  const rendered = (summary: string) => new MarkdownIt({ html: true }).render(summary);

  it("is appended: a table, the failures with hints, and the answers folded up", () => {
    writeFileSync(path, "before\n");
    const usage = { input_tokens: 12_345, output_tokens: 67, cached_tokens: null, reasoning_tokens: null };
    const results = [
      record({ index: 0, name: "A | b", usage, cost_usd: 0.5, content: "# Answer\n\n- x\n" }),
      failed({ index: 1, failure: { kind: "not_authenticated", message: "not logged in", hint: "run `claude`" } }),
    ];
    const { summary } = report(wholeRun(results));
    expect(summary.startsWith("before\n## ❌ clinvk parallel: 1 of 2 tasks completed\n")).toBe(true);
    const html = rendered(summary);
    expect(html).toContain("<td>A | b</td>");
    expect(html).toContain('<td style="text-align:right">12,345 / 67</td>');
    expect(html).toContain("$0.50");
    expect(html).toContain("<strong>Task 2</strong>: Not logged in<br>not logged in<br>→ run `claude`");
    expect(html).toContain(
      "<details><summary>A | b · claude</summary><h1>Answer</h1>&#10;<ul>&#10;<li>x</li>&#10;</ul>&#10;</details>",
    );
  });

  it("has the votes and the verdict of a council", () => {
    const html = rendered(report(council).summary);
    expect(html).toContain("<h3>Vote</h3>\n<pre>&lt;yes&gt;  claude (task-1)&#10;Majority: &lt;yes&gt; (1 of 1)</pre>");
    expect(html).toContain("<h3>Verdict</h3>\n<div><p><em>Merge</em> it</p>&#10;</div>");
    expect(html.match(/<details>/g)).toHaveLength(1);
  });

  it("says that answers come from the offline model", () => {
    const results = [record()];
    const { summary } = report(
      numbered([runStarted(results, { offline: true }), taskFinished(record()), runFinished()]),
    );
    expect(summary).toContain("> Offline model: the answers are not from a real model.");
    expect(summary).toContain("## ✅ ");
  });

  it.each([
    "</details>\n\n# faked\n",
    "```\nnever closed",
    "<script>alert(1)</script>\n\n<img src=x>",
    "a\n\n\n| x |\n|---|\n",
    "<!--",
  ])("can't be broken by the answer %j", (content) => {
    const { summary } = report(wholeRun([record({ index: 0, content }), record({ index: 1, content: "the next" })]));
    const html = rendered(summary);
    expect(html.match(/<details>/g)).toHaveLength(2);
    expect(html.match(/<\/details>/g)).toHaveLength(2);
    expect(html).toContain("<details><summary>Task 2 · claude</summary><p>the next</p>&#10;</details>");
    expect(html).not.toMatch(/<script|<img/);
  });

  it("can't be broken by a name", () => {
    const { summary } = report(wholeRun([record({ name: "*a* | `b` [c](https://d.example) @e #1\n## f <b>" })]));
    expect(rendered(summary)).toContain("<td>*a* | `b` [c](https://d.example) @e #1 ## f &lt;b&gt;</td>");
  });

  it("stays within 1 MiB with what the step has written before, and says what is left out", () => {
    writeFileSync(path, "x".repeat(300_000));
    const results = Array.from({ length: 300 }, (_, index) =>
      index < 100 ? failed({ index }) : record({ index, content: "wörds ".repeat(5000) }),
    );
    const { summary } = report(wholeRun(results));
    const bytes = Buffer.byteLength(summary);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(bytes).toBeGreaterThan(950_000);
    expect(summary).toMatch(/Left out: \d+ answers\. `clinvk runs show run-1` has them\.\n$/);
  });

  it("names what it can of very many tasks", () => {
    const name = "a very long name ".repeat(20);
    const { summary } = report(wholeRun(Array.from({ length: 5000 }, (_, index) => failed({ index, name }))));
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(summary).toMatch(/Left out: \d+ rows of the table, \d+ failures\./);
  });

  it("leaves a full file as it is", () => {
    writeFileSync(path, "x".repeat(1024 * 1024));
    expect(report(wholeRun(guideResults)).summary).toHaveLength(1024 * 1024);
  });

  it("says if it can't be written", () => {
    path = dir;
    const errors: string[] = [];
    const reporter = githubReporter({
      summary_path: path,
      command: () => {},
      onSinkError: (text) => errors.push(text),
    });
    for (const event of wholeRun(guideResults)) reporter.onEvent(event);
    reporter.close();
    expect(errors).toEqual([expect.stringContaining("can't write to $GITHUB_STEP_SUMMARY")]);
  });
});

it("needs a file for the summary before anything is run", () => {
  expect(checkStepSummary({ GITHUB_STEP_SUMMARY: path })).toEqual({ ok: true, value: path });
  for (const env of [{}, { GITHUB_STEP_SUMMARY: "" }])
    expect(checkStepSummary(env)).toMatchObject({
      ok: false,
      error: expect.stringContaining("GITHUB_STEP_SUMMARY is not set"),
    });
  expect(checkStepSummary({ GITHUB_STEP_SUMMARY: dir })).toMatchObject({
    ok: false,
    error: expect.stringContaining("it is a directory"),
  });
});
