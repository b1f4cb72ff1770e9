import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { type TextOptions, textReporter } from "../../../src/reporters/text-report.js";
import type { RunEvent, RunEventBody } from "../../../src/schema/event.js";
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

const dir = mkdtempSync(join(tmpdir(), "clinvk-text-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function report(events: readonly RunEvent[], options: Partial<TextOptions> = {}) {
  const errors: string[] = [];
  const pieces: string[] = [];
  const reporter = textReporter({ write: (t) => pieces.push(t), onSinkError: (m) => errors.push(m), ...options });
  for (const event of events) reporter.onEvent(event);
  await reporter.close();
  return { text: pieces.join(""), pieces, errors };
}

const SUMMARY = `========================================
PARALLEL EXECUTION SUMMARY
========================================
TASK                BACKEND     STATUS   DURATION   OUTPUT
Architecture Review claude      OK       12.34s     Complete
Performance Analysis codex      OK       8.21s      Complete
Security Audit      gemini      OK       15.67s     Complete
----------------------------------------
Total: 3/3 tasks completed (15.67s)
`;
const BLOCKS = `Executing 3 tasks with max 3 parallel workers
========================================

[claude] Architecture Review
Analyzing code structure...

[codex] Performance Analysis
Checking algorithmic complexity...

[gemini] Security Audit
Scanning for vulnerabilities...

`;

describe("text report", () => {
  it("prints the user guide's sample, byte for byte", async () => {
    expect((await report(wholeRun(guideResults))).text).toBe(BLOCKS + SUMMARY);
  });

  it("prints only the summary when quiet", async () => {
    expect((await report(wholeRun(guideResults), { quiet: true })).text).toBe(SUMMARY);
  });

  it("prints only the blocks with aggregate_output: false", async () => {
    expect((await report(wholeRun(guideResults), { aggregate_output: false })).text).toBe(BLOCKS);
  });

  it("prints blocks as tasks complete, or in file order", async () => {
    const events = wholeRun(guideResults, guideResults.toReversed());
    const titles = (text: string) => text.match(/^\[\w+\]/gm);
    expect(titles((await report(events)).text)).toEqual(["[gemini]", "[codex]", "[claude]"]);
    expect((await report(events, { keep_order: true })).text).toBe(BLOCKS + SUMMARY);
  });

  it("shows held blocks as soon as it is their turn", () => {
    const [first, second, third] = guideResults;
    if (!first || !second || !third) throw new Error("the guide has three tasks");
    let text = "";
    const reporter = textReporter({ write: (t) => (text += t), onSinkError: () => {}, keep_order: true });
    const titlesAfter = (event: RunEvent) => {
      reporter.onEvent(event);
      return text.match(/^\[\w+\]/gm)?.length ?? 0;
    };
    const bodies = [runStarted(guideResults), taskFinished(second), taskFinished(first), taskFinished(third)];
    expect(numbered(bodies).map(titlesAfter)).toEqual([0, 0, 2, 3]);
  });

  it("shows a replayed and resumed run in file order, each block once", async () => {
    const results = [record(), record({ index: 1 }), record({ index: 2 })];
    const [first, second, third] = results;
    if (!first || !second || !third) throw new Error("there are three");
    const bodies: RunEventBody[] = [
      runStarted(results),
      taskFinished(third),
      runFinished(),
      { type: "run_resumed", remaining: ["task-1", "task-2"] },
      taskFinished(second),
      taskFinished(first),
      runFinished(),
    ];
    const { text } = await report(numbered(bodies), { keep_order: true });
    expect(text.match(/^\[claude\] .*$/gm)).toEqual(["[claude] Task 3", "[claude] Task 1", "[claude] Task 2"]);
    expect(text.match(/SUMMARY/g)).toHaveLength(1);
  });

  it("writes a block in one piece, so that the sink makes one system call of it", async () => {
    expect((await report(wholeRun(guideResults))).pieces).toHaveLength(5);
  });

  it("says what arrived and why a task failed", async () => {
    const results = [
      failed({
        content: "Half an ans",
        failure: { kind: "not_authenticated", message: "Claude Code is not logged in", hint: "run `claude /login`" },
      }),
      failed({ index: 1, status: "TIMEOUT", exit_code: 124, failure: { kind: "timeout", message: "took over 5s" } }),
    ];
    expect((await report(wholeRun(results))).text).toContain(
      "[claude] Task 1\nHalf an ans\nFAILED: Claude Code is not logged in\nHint: run `claude /login`\n\n" +
        "[claude] Task 2\nTIMEOUT: took over 5s\n\n",
    );
  });

  it("gives tasks that never began a row in the table but no block, or a block if there is no table", async () => {
    const never = failed({
      status: "CANCELED",
      start_time: null,
      end_time: null,
      duration_seconds: 0,
      failure: { kind: "canceled", message: "another task failed" },
    });
    const { text } = await report(wholeRun([never]));
    expect(text).not.toContain("[claude]");
    expect(text).toContain("Task 1              claude      CANCELED -          Canceled: another task failed\n");
    expect((await report(wholeRun([never]), { aggregate_output: false })).text).toContain(
      "[claude] Task 1\nCANCELED: another task failed\n",
    );
  });

  it("shows a dry run", async () => {
    const content = "Would execute: claude -p\n(the prompt, 12 bytes, goes to its stdin)\n";
    const { text } = await report(wholeRun([record({ content, command: "claude -p" })]));
    expect(text).toContain(`[claude] Task 1\n${content}\n`);
    expect(text).toMatch(/^Task 1 .* Dry run$/m);
  });

  it.each([
    [1, 1, "Executing 1 task with max 1 parallel worker"],
    [1, 3, "Executing 1 task with max 3 parallel workers"],
    [2, 1, "Executing 2 tasks with max 1 parallel worker"],
  ])("counts in English: %i tasks, %i workers", async (tasks, max_parallel, expected) => {
    const results = Array.from({ length: tasks }, (_, index) => record({ index }));
    const { text } = await report(numbered([runStarted(results, { max_parallel })]));
    expect(text.split("\n")[0]).toBe(expected);
  });

  it("does not let an answer drive a terminal, and leaves it alone in a pipe", async () => {
    const content = "\u001b[2Jred\r\nover\rwritten \u009b31m bell\u0007 tab\t é 日本 \u007f\n";
    const events = wholeRun([record({ content, name: "a\u001b]0;title\u0007\nb" })]);
    const terminal = (await report(events, { screen: true })).text;
    expect(terminal).toContain("^[[2Jred\r\nover^Mwritten \\x9b31m bell^G tab\t é 日本 ^?\n");
    expect(terminal.replaceAll("\r\n", "")).not.toMatch(/[^\P{Cc}\n\t]/u);
    const piped = (await report(events)).text;
    expect(piped).toContain(content);
    expect(piped).toContain("[claude] a ]0;title b\n");
  });

  it("streams a large answer from its file in pieces of at most 64 KiB and a little", async () => {
    const content = "0123456789é\r\n".repeat(30_000);
    const path = join(dir, "large");
    writeFileSync(path, content);
    const large = record({ content: "", content_file: { path, bytes: Buffer.byteLength(content) } });
    for (const screen of [false, true]) {
      const { text, pieces, errors } = await report(wholeRun([large]), { screen });
      expect(text.includes(`[claude] Task 1\n${content}\n`)).toBe(true);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(2 * 64 * 1024);
      expect(errors).toEqual([]);
    }
  });

  it("goes on when an answer's file is gone", async () => {
    const lost = record({ content: "", content_file: { path: join(dir, "gone"), bytes: 9 } });
    const { text, errors } = await report(wholeRun([lost, record({ index: 1 })]));
    expect(text).toContain("[claude] Task 2\nAn answer.\n");
    expect(errors).toEqual(["can't read the answer of task-1: it does not exist (ENOENT)"]);
  });

  it("colours statuses and headings, and nothing else, only when told", async () => {
    const events = wholeRun([record(), failed({ index: 1 })]);
    const { text } = await report(events, { color: true });
    expect(text).toContain("\u001b[32mOK\u001b[39m       1.50s");
    expect(text).toContain("\u001b[31mFAILED\u001b[39m: killed by SIGSEGV");
    const plain = (await report(events)).text;
    expect(stripVTControlCharacters(text)).toBe(plain);
  });

  it("prints a summary for an interrupted run too", async () => {
    const results = [record(), record({ index: 1 })];
    const { text } = await report(
      numbered([runStarted(results), taskFinished(record()), runFinished({ interrupted_by: "SIGINT" })]),
    );
    expect(text.endsWith("\nTotal: 1/2 tasks completed (15.67s)\n")).toBe(true);
  });

  it("prints no summary of a run that has not ended", async () => {
    expect((await report(numbered([runStarted([record()])]))).text).not.toContain("SUMMARY");
  });
});
