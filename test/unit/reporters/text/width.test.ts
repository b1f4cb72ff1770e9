import { describe, expect, it } from "vitest";
import { fitText, wrap } from "../../../../src/reporters/text/width.js";

it("breaks text between words, and begins lines as told", () => {
  expect(wrap("one two three four", { columns: 10, first: "- ", next: "  " })).toEqual([
    "- one two",
    "  three",
    "  four",
  ]);
});

it("breaks a path that is longer than a line behind a slash", () => {
  expect(wrap("see /usr/local/lib/x", { columns: 11 })).toEqual(["see /usr/", "local/lib/x"]);
  expect(wrap("see /a/b c", { columns: 4 })).toEqual(["see", "/a/b", "c"]);
});

it("gives a word without a slash a line of its own", () => {
  expect(wrap("a incomprehensibilities b", { columns: 8 })).toEqual(["a", "incomprehensibilities", "b"]);
});

describe("a text for a person on a terminal", () => {
  it("is broken between words, and what follows is indented", () => {
    expect(fitText("warning: tasks wait: task-1, task-2, task-3\nnext\n", 24)).toBe(
      "warning: tasks wait:\n  task-1, task-2, task-3\nnext\n",
    );
  });

  it("keeps a command whole, on a line of its own if need be", () => {
    const resume = "`clinvk runs resume 20260701-050000-abcdef`";
    expect(fitText(`3 tasks were not finished; ${resume} runs what is left\n`, 50)).toBe(
      `3 tasks were not finished;\n  ${resume} runs\n  what is left\n`,
    );
    expect(fitText(`so ${resume} runs it\n`, 20)).toBe(`so\n  ${resume}\n  runs it\n`);
    expect(fitText("Try again:  clinvk runs retry 20260701 --failed\n", 40)).toBe(
      "Try again:\n  clinvk runs retry 20260701 --failed\n",
    );
    expect(fitText("[task-1] $ node audit.mjs --all the-files\n", 20)).toBe(
      "[task-1] $ node audit.mjs --all the-files\n",
    );
  });

  it("stays as it is if it fits, and when it is fitted again", () => {
    for (const text of ["", "short\n", "  a   table  row\n", "no end of line"]) expect(fitText(text, 20)).toBe(text);
    const once = fitText("a: the field `on_quota` must be one of wait, fail — `clinvk config set on_quota wait`\n", 30);
    expect(fitText(once, 30)).toBe(once);
  });

  it("counts characters that take two columns", () => {
    expect(fitText("ab 漢字漢字 漢字\n", 12)).toBe("ab 漢字漢字\n  漢字\n");
  });
});
