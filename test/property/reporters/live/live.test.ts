import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { expect, it } from "vitest";
import { frame } from "../../../../src/reporters/live/live-frame.js";
import { emptyLive, foldLive, liveCounts } from "../../../../src/reporters/live/live-state.js";
import { lazyWidth } from "../../../../src/reporters/live/live-text.js";
import type { RunEventBody } from "../../../../src/schema/event.js";
import { STATUSES } from "../../../../src/schema/result.js";
import { START } from "../../../unit/reporters/live/live-events.js";
import { failed, numbered, record, runStarted, taskFinished, taskStarted } from "../../../unit/reporters/run-events.js";

/** Text of every kind, escape sequences, wide and invisible characters, and halves of pairs more often than chance has them. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.constantFrom(
        "\x1b[2J",
        "\x1b]0;t\x07",
        "\x9b31m",
        "\r\n",
        "\t",
        "日本",
        "👩‍👩‍👧",
        "\u0301",
        "\u202e",
        "\u200b\ufeff",
        "\u200d",
        "می\u200cخواهم",
        "\u00ad",
        "\ud800",
        "🇩🇪",
        "a".repeat(90),
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const failure = failed().failure ?? expect.unreachable();
/** What `dim` and the colours are on a terminal. */
const COLORS = new RegExp(`${"\x1b"}\\[(?:2|22|3[1-6]|39)m`, "g");
const until = new Date(START + 60_000).toISOString();

/** What may happen to a task, in any order: the view must not depend on a run that makes sense. */
const body = (count: number): fc.Arbitrary<RunEventBody> =>
  fc
    .record({
      index: fc.nat(count - 1),
      what: fc.nat(8),
      words: text,
      tool: text,
      status: fc.constantFrom(...STATUSES),
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    })
    .map(({ index, what, words, tool, status, seconds }): RunEventBody => {
      const task = record({ index, status, duration_seconds: seconds });
      const head = { task_id: task.task_id, attempt: 1 };
      switch (what) {
        case 0:
        case 1:
          return taskStarted(task);
        case 2:
          return { type: "task_output", ...head, text: words };
        case 3:
          return { type: "task_activity", ...head, kind: "tool_call", text: words, tool, tokens: Math.floor(seconds) };
        case 4:
          return { type: "task_retrying", ...head, failure, delay_seconds: seconds, backend: "codex" };
        case 5:
          return { type: "lane_parked", backend: task.backend, until, failure };
        case 6:
          return { type: "lane_paused", backend: task.backend, until, failure };
        case 7:
          return { type: "lane_changed", backend: task.backend, limit: index + 1, reason: "recovered" };
        default:
          return taskFinished(task);
      }
    });

const someRun = fc.array(text, { minLength: 1, maxLength: 12 }).chain((names) =>
  fc.record({
    bodies: fc.array(body(names.length), { maxLength: 40 }),
    results: fc.constant(names.map((name, index) => record({ index, name }))),
    columns: fc.integer({ min: 1, max: 120 }),
    rows: fc.integer({ min: 1, max: 30 }),
    seconds: fc.integer({ min: -10, max: 100_000 }),
    color: fc.boolean(),
    unicode: fc.boolean(),
  }),
);

it("fits into the terminal and contains nothing but visible characters and our colours, whatever happens", () => {
  fc.assert(
    fc.property(someRun, ({ bodies, results, columns, rows, seconds, color, unicode }) => {
      const state = emptyLive({ lane_caps: { claude: 2 }, waits_for_quota: true });
      for (const event of numbered([runStarted(results), ...bodies])) foldLive(state, event);
      const now = START + seconds * 1000;
      for (const width of [stringWidth, lazyWidth(() => {})]) {
        const lines = frame(state, { columns, rows, now, color, unicode, width });
        expect(lines.length).toBeLessThanOrEqual(rows - 1);
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          const plain = color ? line.replaceAll(COLORS, "") : line;
          expect(plain).toBe(stripVTControlCharacters(plain));
          expect(plain).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b\u202a-\u202e\u2060-\u2069\ufeff]/u);
          if (!unicode) expect(plain).toMatch(/^[ -~]*$/);
        }
      }
      const {
        total,
        completed,
        failed: bad,
        canceled,
        running,
        queued,
        retrying,
        quota,
        paused,
      } = liveCounts(state, now);
      const waiting = [...paused.values()].reduce((sum, { tasks }) => sum + tasks, queued + retrying + quota);
      expect(completed + bad + canceled + running + waiting).toBe(total);
    }),
    { numRuns: 300 },
  );
});
