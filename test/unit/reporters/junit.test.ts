import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { junitReporter } from "../../../src/reporters/junit.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { TaskRecord } from "../../../src/schema/result.js";
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
} from "./run-events.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-junit-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function report(events: readonly RunEvent[], path = join(dir, "junit.xml")): { xml: string; errors: string[] } {
  const errors: string[] = [];
  const reporter = junitReporter({ path, version: "1.2.3", onSinkError: (message) => errors.push(message) });
  for (const event of events) reporter.onEvent(event);
  reporter.close();
  return { xml: existsSync(path) ? readFileSync(path, "utf8") : "", errors };
}

const one = (fields: Partial<TaskRecord>) => report(wholeRun([record(fields)])).xml;

it("names no session of a CLI: those of a run end with it, and nobody can resume them", () => {
  expect(one({ session_id: "58c5ccbf-0000" })).not.toContain("58c5ccbf");
});

it("is one suite with a test case per task", () => {
  const { xml, errors } = report(wholeRun(guideResults));
  expect(errors).toEqual([]);
  const sums = 'tests="3" failures="0" errors="0" skipped="0" time="15.670" timestamp="2026-01-02T03:04:05"';
  expect(xml).toContain('<?xml version="1.0" encoding="UTF-8"?>\n');
  expect(xml).toContain(`<testsuites name="clinvk parallel" ${sums}>`);
  expect(xml).toContain(`  <testsuite name="clinvk parallel" ${sums} hostname="${hostname()}">`);
  expect(xml).toContain('<property name="run_id" value="run-1"/>');
  expect(xml).toContain('<property name="clinvk_version" value="1.2.3"/>');
  expect(xml).toContain('<testcase name="Performance Analysis" classname="codex" time="8.210">');
  expect(xml).toContain("<system-out>Analyzing code structure...</system-out>");
  expect(xml.match(/<testcase /g)).toHaveLength(3);
});

it("tells an answer that was judged from a task that never came to that, and from one that was not run", () => {
  const results = [
    failed({ index: 0, failure: { kind: "check_failed", message: "npm test failed", hint: "look at its output" } }),
    failed({ index: 1, status: "TIMEOUT", failure: { kind: "timeout", message: "no result after 5 s" } }),
    failed({ index: 2, status: "CANCELED", start_time: null, failure: { kind: "canceled", message: "fail-fast" } }),
    failed({ index: 3, status: "WAITING", failure: { kind: "quota_exhausted", message: "used up" } }),
  ];
  const { xml } = report(wholeRun(results));
  expect(xml).toContain('failures="1" errors="1" skipped="2"');
  expect(xml).toContain(
    '<failure message="FAILED: npm test failed" type="check_failed">FAILED: npm test failed\nHint: look at its output</failure>',
  );
  expect(xml).toContain('<error message="TIMEOUT: no result after 5 s" type="timeout">');
  expect(xml).toContain('<skipped message="CANCELED: fail-fast"/>');
  expect(xml).toContain('<skipped message="WAITING: used up"/>');
});

it("has usage and cost as properties, and nothing for what is not known", () => {
  const usage = { input_tokens: 7, output_tokens: null, cached_tokens: 3, reasoning_tokens: null };
  const xml = one({ usage, cost_usd: 0.0010249999999999999, tags: ["a", "b"], fallback_from: "codex" });
  for (const [name, value] of [
    ["input_tokens", 7],
    ["cached_tokens", 3],
    ["cost_usd", 0.001025],
    ["tags", "a,b"],
    ["fallback_from", "codex"],
  ])
    expect(xml).toContain(`<property name="${name}" value="${value}"/>`);
  expect(xml).not.toContain("output_tokens");
  expect(xml).not.toContain("null");
});

it("counts the judge of a council as a test case, and has the votes as a property", () => {
  const { xml } = report(council);
  expect(xml).toContain('tests="2"');
  expect(xml).toContain('<testcase name="Judge" classname="claude"');
  expect(xml).toContain('<property name="vote" value="Majority: &lt;yes&gt; (1 of 1)"/>');
});

it("tells tasks of one name apart", () => {
  const { xml } = report(wholeRun([0, 1, 2].map((index) => record({ index, name: index < 2 ? "same" : "other" }))));
  expect([...xml.matchAll(/testcase name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    "same (task-1)",
    "same (task-2)",
    "other",
  ]);
});

it("escapes what XML does not take as it is", () => {
  const xml = one({ name: 'a"b<c>&\nd', content: "]]></system-out><x/>&amp;\r\n\u0000\u001b[31m\ud800 é 👩\uffff" });
  expect(xml).toContain('name="a&quot;b&lt;c&gt;&amp; d"');
  expect(xml).toContain(
    "<system-out>]]&gt;&lt;/system-out&gt;&lt;x/&gt;&amp;amp;&#13;\n\ufffd\ufffd[31m\ufffd é 👩\ufffd</system-out>",
  );
});

it("has no attachments because an answer asks for them", () => {
  expect(one({ content: "[[ATTACHMENT|/etc/passwd]] [[ attachment|x]]" })).toContain(
    "[ [ATTACHMENT|/etc/passwd]] [ [ attachment|x]]",
  );
});

it("cuts long answers, also those in files, and says so", () => {
  const path = join(dir, "answer");
  writeFileSync(path, "ab".repeat(200_000));
  const xml = one({ content: "", content_file: { path, bytes: 400_000 } });
  expect(xml.length).toBeLessThan(40_000);
  expect(xml).toContain("cut here: the whole answer has 400000 bytes");
});

it("is whole although an answer can't be read, and says so", () => {
  const { xml, errors } = report(
    wholeRun([record({ content: "", content_file: { path: join(dir, "gone"), bytes: 9 } })]),
  );
  expect(errors).toEqual([expect.stringContaining("can't read the answer of task-1")]);
  expect(xml).toContain("</testsuites>");
});

it("is private, replaces the one before, and leaves nothing beside it", () => {
  const path = join(dir, "junit.xml");
  writeFileSync(path, "before");
  report(wholeRun(guideResults), path);
  expect(readFileSync(path, "utf8")).toContain("<testsuites");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(["junit.xml"]);
});

it("does not touch the file if the run has not ended", () => {
  const results = [record()];
  expect(report(numbered([runStarted(results), taskFinished(record())])).xml).toBe("");
});

it("says if it can't be written, and throws nothing", () => {
  const { errors } = report(numbered([runStarted([]), runFinished()]), join(dir, "gone", "junit.xml"));
  expect(errors).toEqual([expect.stringMatching(/^can't write to .*junit\.xml: it does not exist \(ENOENT\)$/)]);
});
