import stringWidth from "string-width";
import { expect, it } from "vitest";
import { cut } from "../../../src/util/cut.js";

it("leaves what fits, and marks what does not", () => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("ab…");
});

it("never cuts within what a reader sees as one character", () => {
  const family = "👩‍👩‍👧‍👦";
  expect(cut(`ab${family}c`, 5)).toBe("ab…");
  expect(cut(`ab${"e\u0301"}cd`, 4)).toBe("ab…");
  expect(cut("界界界界", 6, stringWidth)).toBe("界界…");
});
