import { expect, it } from "vitest";
import { wrap } from "../../../../src/reporters/text/width.js";

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
