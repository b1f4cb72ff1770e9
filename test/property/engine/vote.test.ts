import fc from "fast-check";
import { expect, it } from "vitest";
import { countVotes, statistics, tally } from "../../../src/engine/vote.js";
import type { Vote } from "../../../src/schema/result.js";
import { ok } from "../../../src/util/result.js";
import { recordOf } from "../../rig/events.js";

const numbers = fc.array(
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 4),
  { minLength: 1, maxLength: 40 },
);

it("mean, median and spread are those of a naive count", () => {
  fc.assert(
    fc.property(numbers, (values) => {
      let sum = 0;
      for (const value of values) sum += value;
      const mean = sum / values.length;
      let squares = 0;
      for (const value of values) squares += (value - mean) * (value - mean);
      const { mean: ours, median, spread } = statistics(values);
      expect(ours).toBeCloseTo(mean, 8);
      expect(spread?.stdev).toBeCloseTo(Math.sqrt(squares / values.length), 6);
      expect([spread?.min, spread?.max]).toEqual([Math.min(...values), Math.max(...values)]);
      // As many are below the median as above it.
      const below = values.filter((value) => value < (median ?? 0)).length;
      const above = values.filter((value) => value > (median ?? 0)).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});

it("nothing has no mean", () => {
  expect(statistics([])).toEqual({ mean: null, median: null, spread: null });
});

it("the majority is what more voted for than for anything else", () => {
  const words = fc.array(fc.constantFrom("yes", "Yes", "NO", "no", "maybe"), { maxLength: 12 });
  fc.assert(
    fc.property(words, (values) => {
      const ballots = values.map((value, index) => ({ task_id: `task-${index + 1}`, backend: "claude", value }));
      const { votes, counts, majority } = tally(ballots);
      const naive = new Map<string, number>();
      for (const value of values) naive.set(value.toLowerCase(), (naive.get(value.toLowerCase()) ?? 0) + 1);
      const most = Math.max(0, ...naive.values());
      const winners = [...naive].filter(([, count]) => count === most).map(([value]) => value);
      expect(majority?.toLowerCase() ?? null).toBe(winners.length === 1 ? winners[0] : null);
      expect(new Map(counts.map(({ value, count }) => [value.toLowerCase(), count]))).toEqual(naive);
      expect(votes.map(({ value }) => value.toLowerCase())).toEqual(values.map((value) => value.toLowerCase()));
      // Spelled as by the first who said it.
      for (const { value } of counts)
        expect(values.find((one) => one.toLowerCase() === value.toLowerCase())).toBe(value);
    }),
  );
});

/** Who answers with these texts; `null` = failed. */
async function vote(of: Vote["of"], answers: readonly (string | null)[], warn: (text: string) => void = () => {}) {
  const ids = answers.map((_, index) => `task-${index + 1}`);
  const ended = new Map(
    ids.map((id, index) => [
      id,
      recordOf(id, answers[index] === null ? "FAILED" : "OK", { content: answers[index] ?? "" }),
    ]),
  );
  const find = async (pattern: string, { content }: { content: string }) => ok(new RegExp(pattern).exec(content)?.[1]);
  return countVotes({ of, extract: "vote: (.*)", task_ids: ids }, ended, find, warn);
}

it("a number too large to calculate with is no vote", async () => {
  const counted = await vote("number", [`vote: ${"9".repeat(400)}`, `vote: ${"9".repeat(250)}`, "vote: 3"]);
  expect(counted).toMatchObject({ mean: 3, spread: { min: 3, max: 3, stdev: 0 }, missing: ["task-1", "task-2"] });
});

it("who gave no vote, or none that is a number, is missing", async () => {
  const counted = await vote("number", ["vote: 7", "nothing", null, "vote: seven", "vote: 8.5", "vote: 1e3"]);
  expect(counted).toMatchObject({
    of: "number",
    votes: [
      { task_id: "task-1", value: 7 },
      { task_id: "task-5", value: 8.5 },
    ],
    mean: 7.75,
    median: 7.75,
    spread: { min: 7, max: 8.5, stdev: 0.75 },
    missing: ["task-2", "task-3", "task-4", "task-6"],
  });
});

it("the minority is heard, shortened; a tie has no majority and no minority", async () => {
  const counted = await vote("choice", ["vote: yes ", "vote: Yes", `vote: no\n${"because ".repeat(100)}`]);
  expect(counted).toMatchObject({
    majority: "yes",
    counts: [
      { value: "yes", count: 2 },
      { value: "no", count: 1 },
    ],
    minority: [{ task_id: "task-3", value: "no", answer: expect.stringMatching(/^vote: no\nbecause .{480,}…$/s) }],
    missing: [],
  });
  expect(await vote("choice", ["vote: yes", "vote: no"])).toMatchObject({ majority: null, minority: [] });
});
