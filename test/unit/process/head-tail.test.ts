import { expect, it } from "vitest";
import { HeadTail } from "../../../src/process/head-tail.js";

function fill(keep_bytes: number, ...chunks: (string | Buffer)[]): string {
  const buffer = new HeadTail(keep_bytes);
  for (const chunk of chunks) buffer.push(Buffer.from(chunk));
  return buffer.text();
}

it("keeps everything that fits into the two ends", () => {
  expect(fill(4)).toBe("");
  expect(fill(4, "abc")).toBe("abc");
  expect(fill(4, "abc", "def")).toBe("abcdef");
  expect(fill(4, "ab", "cdefgh")).toBe("abcdefgh");
});

it("keeps the first and the last bytes, and says how many were dropped", () => {
  expect(fill(4, "abcdefghi")).toBe("abcd\n[… 1 bytes dropped …]\nfghi");
  expect(fill(4, "abcd", "e", "fg", "hij", "klmnop", "q")).toBe("abcd\n[… 9 bytes dropped …]\nnopq");
  expect(fill(10, "0123456789", ...Array.from({ length: 12_346 }, () => "0123456789"))).toBe(
    "0123456789\n[… 123,450 bytes dropped …]\n0123456789",
  );
});

it("leaves out characters that the cut went through", () => {
  // é is two bytes: one lies half in the head, one half in the tail.
  expect(fill(4, "abcé", "xxxx", "édef")).toBe("abc\n[… 8 bytes dropped …]\ndef");
  expect(fill(4, "abé", "xxxx", "éef")).toBe("abé\n[… 4 bytes dropped …]\néef");
});

it("stays small whatever comes", () => {
  const text = fill(64 * 1024, ...Array.from({ length: 300 }, (_, i) => Buffer.alloc(10_000, 65 + (i % 26))));
  expect(text.length).toBeLessThan(2 * 64 * 1024 + 100);
  expect(text).toContain("[… 2,868,928 bytes dropped …]");
});
