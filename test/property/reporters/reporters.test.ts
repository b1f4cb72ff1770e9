import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { fileNames } from "../../../src/reporters/file-names.js";
import { jsonReporter } from "../../../src/reporters/json.js";
import { visible } from "../../../src/reporters/text/visible.js";
import { textReporter } from "../../../src/reporters/text-report.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { RunResult, STATUSES } from "../../../src/schema/result.js";
import { runResult } from "../../../src/summary/documents.js";
import { counts, emptyRun, fold } from "../../../src/summary/summary.js";
import {
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  taskStarted,
  wholeRun,
} from "../../unit/reporters/run-events.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-property-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Tasks with a status each, an order in which they end, and how many of them do. */
const someRun = fc.array(fc.constantFrom(...STATUSES), { maxLength: 30 }).chain((statuses) =>
  fc.record({
    results: fc.constant(statuses.map((status, index) => record({ index, status, content: `answer ${index}` }))),
    order: fc.shuffledSubarray(statuses.map((_, index) => index)),
  }),
);

const anyText = fc.string({ unit: "binary", maxLength: 200 });

describe("summary", () => {
  it("counts that add up, at every moment of any run", () => {
    fc.assert(
      fc.property(someRun, ({ results, order }) => {
        const state = emptyRun();
        const ends = order.flatMap((index) => results[index] ?? []);
        const bodies = [runStarted(results), ...ends.flatMap((r) => [taskStarted(r), taskFinished(r)]), runFinished()];
        for (const event of numbered(bodies)) {
          fold(state, event);
          const { total, completed, failed, canceled, waiting, unfinished } = counts(state);
          expect(completed + failed + canceled + waiting + unfinished).toBe(total);
          expect(total).toBe(results.length);
        }
        expect(counts(state).unfinished).toBe(0);
        const result = RunResult.parse(runResult(state));
        expect(result.results.map(({ index }) => index)).toEqual(results.map(({ index }) => index));
        expect(result.completed_tasks + result.failed_tasks + result.canceled_tasks + result.waiting_tasks).toBe(
          result.total_tasks,
        );
      }),
    );
  });
});

describe("JSON report", () => {
  const document = (events: ReturnType<typeof wholeRun>) => {
    let text = "";
    const reporter = jsonReporter({ write: (t) => (text += t), onSinkError: () => expect.unreachable() });
    for (const event of events) reporter.onEvent(event);
    reporter.close();
    // As a reader of the bytes sees it.
    return JSON.parse(Buffer.from(text, "utf8").toString("utf8"));
  };

  it("gives back any name, answer and metadata", () => {
    const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 });
    fc.assert(
      fc.property(anyText, anyUnits, fc.dictionary(anyText, fc.jsonValue()), (name, units, meta) => {
        const content = String.fromCharCode(...units);
        const result = document(wholeRun([record({ name, content, meta })])).results[0];
        expect(result.content).toBe(Buffer.from(content, "utf8").toString("utf8"));
        expect(result).toEqual({ ...record({ name, meta }), meta: result.meta, content: result.content });
        expect(JSON.stringify(result.meta)).toBe(JSON.stringify(meta));
      }),
    );
  });

  it("gives back any large answer from its file", () => {
    const path = join(dir, "answer");
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 3000 }), fc.nat(3), (unit, times, shift) => {
        const content = "x".repeat(shift) + unit.repeat(times);
        writeFileSync(path, content);
        const large = record({ content: "", content_file: { path, bytes: Buffer.byteLength(content) } });
        return document(wholeRun([large])).results[0].content === Buffer.from(content).toString();
      }),
      { numRuns: 50 },
    );
  });
});

describe("text report", () => {
  it("keeps file order for any order of completion", async () => {
    await fc.assert(
      fc.asyncProperty(someRun, async ({ results, order }) => {
        let text = "";
        const reporter = textReporter({
          write: (t) => (text += t),
          onSinkError: () => expect.unreachable(),
          keep_order: true,
          aggregate_output: false,
        });
        const ends = order.flatMap((index) => results[index] ?? []);
        for (const event of wholeRun(results, ends)) reporter.onEvent(event);
        await reporter.close();
        const shown = [...text.matchAll(/^answer (\d+)$/gm)].map((match) => Number(match[1]));
        expect(shown).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it("lets no control character through to a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visible(text).replaceAll("\r\n", "")).not.toMatch(/[^\P{Cc}\n\t]/u);
      }),
    );
  });
});

describe("output directory", () => {
  const anyId = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 400 }),
    fc.stringMatching(/^[aAbB./_-]{1,6}$/),
    fc.constantFrom("..", ".", "a", "A", "a-claude-2", "summary.json", "summary"),
  );

  it("has distinct, short names inside itself for any ids", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyId, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(...BACKEND_NAMES),
        (ids, backend) => {
          const names = [...fileNames(ids.map((task_id) => ({ task_id, backend }))).values()];
          expect(names).toHaveLength(ids.length);
          expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
          for (const name of names) {
            expect(name).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
            expect(name.length).toBeLessThanOrEqual(250);
            expect(dirname(resolve(dir, `${name}.md`))).toBe(dir);
          }
        },
      ),
    );
  });
});
