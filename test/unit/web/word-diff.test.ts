import { describe, expect, it } from "vitest";
import { LONGEST_COMPARED, wordDifference } from "../../../web/data/word-diff.js";

const marked = (before: string, after: string) =>
  wordDifference(before, after)
    .parts.map(({ kind, text }) => (kind === "same" ? text : `${kind === "added" ? "+" : "-"}[${text.trim()}]`))
    .join("");

describe("the difference of two answers", () => {
  it("marks words, not letters", () => {
    expect(marked("use the old parser", "use the new parser")).toBe("use the -[old]+[new] parser");
  });

  it("of equal answers is nothing", () => {
    expect(wordDifference("the same", "the same")).toEqual({ parts: [{ kind: "same", text: "the same" }], alike: 1 });
    expect(wordDifference("", "").alike).toBe(1);
  });

  it("tells how much is alike", () => {
    expect(wordDifference("a b c d", "a b c e").alike).toBeCloseTo(0.75);
    expect(wordDifference("a b", "x y").alike).toBe(0);
  });

  it("of long answers leaves the rest out and says so", () => {
    const { parts, limit } = wordDifference("same ".repeat(30_000), `${"same ".repeat(30_000)}more`);
    expect(parts.map(({ text }) => text.length).reduce((a, b) => a + b)).toBe(LONGEST_COMPARED);
    expect(limit).toContain("only the first 60,000 characters");
  });

  it("of answers that differ everywhere is told line by line", () => {
    const words = (letter: string) => Array.from({ length: 5000 }, (_, index) => `${letter}${index}`).join(" ");
    const [before, after] = [`first\n${words("a")}`, `first\n${words("b")}`];
    const { parts, limit } = wordDifference(before, after);
    expect(limit).toContain("whole lines are compared");
    expect(parts.map(({ kind, text }) => [kind, text.length])).toEqual([
      ["same", 6],
      ["removed", before.length - 6],
      ["added", after.length - 6],
    ]);
  });

  it("of answers without a line in common ends, and shows both", () => {
    const lines = (letter: string) => Array.from({ length: 5000 }, (_, index) => `${letter}${index}`).join("\n");
    const [before, after] = [lines("a"), lines("b")];
    const { parts, limit } = wordDifference(before, after);
    expect(limit).toContain("almost nothing in common");
    expect(parts).toEqual([
      { kind: "removed", text: before },
      { kind: "added", text: after },
    ]);
  });
});
