import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { jsonReporter } from "../../../src/reporters/json.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { runResult } from "../../../src/summary/documents.js";
import { emptyRun, fold } from "../../../src/summary/summary.js";
import {
  failed,
  guideResults,
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  wholeRun,
} from "./run-events.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-json-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function report(events: readonly RunEvent[]) {
  const pieces: string[] = [];
  const errors: string[] = [];
  const reporter = jsonReporter({ write: (text) => pieces.push(text), onSinkError: (message) => errors.push(message) });
  for (const event of events) reporter.onEvent(event);
  reporter.close();
  return { text: pieces.join(""), pieces, errors };
}

function fileOf(name: string, content: string | Uint8Array) {
  const path = join(dir, name);
  writeFileSync(path, content);
  return { path, bytes: Buffer.byteLength(content) };
}

describe("JSON report", () => {
  it("is the run's document, laid out as JSON.stringify would", () => {
    const results = [...guideResults, failed({ index: 3, meta: { a: { b: [1, "\n"] } }, tags: ["x"], refusals: [] })];
    const events = wholeRun(results, results.toReversed());
    const expected = runResult(events.reduce(fold, emptyRun()));
    expect(report(events).text).toBe(`${JSON.stringify(expected, null, 2)}\n`);
  });

  it("has the user guide's keys", () => {
    const document = JSON.parse(report(wholeRun(guideResults)).text);
    expect(document).toMatchObject({ total_tasks: 3, completed_tasks: 3, failed_tasks: 0 });
    expect(document.results[0]).toMatchObject({
      task_id: "task-1",
      name: "Architecture Review",
      backend: "claude",
      exit_code: 0,
      content: "Analyzing code structure...",
      duration_seconds: 12.34,
    });
  });

  it.each(["parallel", "chain", "compare"] as const)("says of a %s that it was offline", (kind) => {
    const run = (offline: boolean) => numbered([runStarted([record()], { kind, offline }), runFinished()]);
    expect(JSON.parse(report(run(true)).text)).toMatchObject({ offline: true });
    expect(JSON.parse(report(run(false)).text)).not.toHaveProperty("offline");
  });

  it("writes nothing before the run has ended", () => {
    expect(report(numbered([runStarted([record()])])).text).toBe("");
  });

  it("is one document for a run that was resumed", () => {
    const waiting = failed({ index: 1, status: "WAITING", start_time: null });
    const results = [record(), waiting];
    const { text } = report(
      numbered([
        runStarted(results),
        ...results.map(taskFinished),
        runFinished(),
        { type: "run_resumed", remaining: ["task-2"] },
        taskFinished(record({ index: 1 })),
        runFinished(),
      ]),
    );
    expect(JSON.parse(text)).toMatchObject({ completed_tasks: 2, waiting_tasks: 0, results: [{}, { status: "OK" }] });
  });

  it("has a result's fields in the order of the documentation", () => {
    const { content, task_id, ...rest } = record();
    const { text } = report(wholeRun([{ ...rest, content, task_id }]));
    expect(Object.keys(JSON.parse(text).results[0]).slice(0, 4)).toEqual(["task_id", "index", "name", "backend"]);
  });

  it("streams large answers and never holds one", () => {
    const content = 'line "quoted" \\ é 日本 👩‍👩‍👧‍👦\t\r\n'.repeat(20_000);
    const large = record({ content: "", content_file: fileOf("large", content) });
    const { text, pieces } = report(wholeRun([large, record({ index: 1 })]));
    const document = JSON.parse(text);
    expect(document.results[0].content === content).toBe(true);
    expect(document.results[0]).not.toHaveProperty("content_file");
    expect(document.results[1].content).toBe("An answer.\n");
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(4 * 64 * 1024);
  });

  it("replaces invalid UTF-8 of a file", () => {
    const large = record({ content: "", content_file: fileOf("invalid", Uint8Array.of(97, 0xff, 98, 0xe2, 0x82)) });
    expect(JSON.parse(report(wholeRun([large])).text).results[0].content).toBe("a\ufffdb\ufffd");
  });

  it("stays valid and says so when an answer's file is gone", () => {
    const lost = record({ content: "", content_file: { path: join(dir, "gone"), bytes: 9 } });
    const { text, errors } = report(wholeRun([lost]));
    expect(JSON.parse(text).results[0].content).toBe("");
    expect(errors).toEqual(["can't read the answer of task-1: it does not exist (ENOENT)"]);
  });

  it("holds no character that could drive a terminal", () => {
    const content = "\u001b[2J \u009b31m \u007f";
    const { text } = report(wholeRun([record({ content })]));
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(text).results[0].content).toBe(content);
  });

  it("is accepted by jq, lone surrogates included", () => {
    const content = "half \ud83d a pair \udc00, whole 😀, nul \u0000, typed \\ud83d \\\ud83d";
    const { text } = report(wholeRun([record({ content })]));
    const expected = "half \ufffd a pair \ufffd, whole 😀, nul \u0000, typed \\ud83d \\\ufffd";
    expect(JSON.parse(text).results[0].content).toBe(expected);
    if (!hasJq()) return;
    const answer = execFileSync("jq", [".results[0].content"], { input: text, encoding: "utf8" });
    expect(JSON.parse(answer)).toBe(expected);
  });
});

function hasJq(): boolean {
  try {
    execFileSync("jq", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
