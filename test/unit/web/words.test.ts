import { describe, expect, it } from "vitest";
import { axisMarks } from "../../../web/data/axis.js";
import { samePrompt } from "../../../web/data/groups.js";
import { amount, dollars, duration, nextAttemptWords, plural, size } from "../../../web/data/words.js";

describe("words", () => {
  it.each([
    [0.04, "0.0 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [200, "3 min 20 s"],
    [7500, "2 h 5 min"],
    [90_000, "1 d 1 h"],
  ])("%d seconds are %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });

  it.each([
    [20, false, "Trying again in 20 s (the service asked for it), patience until 12:10"],
    [-1, true, "Starts when another task of the backend is answered"],
    [-1, false, "Next attempt as soon as there is a free slot"],
  ])("of an attempt in %d s, after that of another task: %s", (seconds, after_probe, words) => {
    const now = Date.parse("2026-01-01T12:00:00");
    const failure = { kind: "overloaded", message: "529" } as const;
    const patience = { asked_by_service: true, patience_until: "2026-01-01T12:10:00" } as const;
    expect(nextAttemptWords({ at: now + seconds * 1000, failure, after_probe, ...patience }, now)).toBe(words);
  });

  it("tell amounts, and that one is not known", () => {
    expect([amount(null), amount(950), amount(12_345), amount(3_000_000)]).toEqual(["–", "950", "12.3K", "3M"]);
    expect([dollars(undefined), dollars(0), dollars(0.0042), dollars(1.234)]).toEqual([
      "–",
      "$0.00",
      "$0.0042",
      "$1.23",
    ]);
    expect([size(640), size(12_400), size(3_400_000)]).toEqual(["640 B", "12 KB", "3.4 MB"]);
    expect([plural(1, "task"), plural(1200, "task")]).toEqual(["1 task", "1,200 tasks"]);
  });
});

describe("the axis", () => {
  it.each([
    [1000, ["0", "0.2 s", "0.4 s", "0.6 s", "0.8 s"]],
    [31_000, ["0", "10 s", "20 s"]],
    [100_000, ["0", "20 s", "40 s", "1 min", "1:20 min"]],
    [3 * 3_600_000, ["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min"]],
    [30 * 86_400_000, ["0", "5 d", "10 d", "15 d", "20 d", "25 d"]],
  ])("of %d ms has marks that people count in", (end, words) => {
    expect(axisMarks(end).map((mark) => mark.words)).toEqual(words);
  });

  it("has no more marks than there is place for", () => {
    for (let end = 500; end < 1e9; end *= 1.37) expect(axisMarks(end, 3).length).toBeLessThanOrEqual(4);
  });
});

it("tasks that were asked the same are found in file order", () => {
  const task = (task_id: string, prompt: string | null) => ({ task_id, prompt });
  const tasks = [task("a", "x"), task("b", "y"), task("c", "x"), task("d", null), task("e", null), task("f", "y")];
  expect(samePrompt(tasks)).toEqual([
    ["a", "c"],
    ["b", "f"],
  ]);
});
