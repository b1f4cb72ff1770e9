import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Answer } from "../../../src/executors/answer-buffer.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-answer-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

let count = 0;
const newAnswer = () => new Answer(() => join(dir, String(++count)));

function textOf(answer: Answer): string {
  const { content, content_file } = answer.finish();
  if (!content_file) return content;
  const text = readFileSync(content_file.path);
  expect(text.length).toBe(content_file.bytes);
  return text.toString("utf8");
}

it("keeps up to 256 KiB as a string and more in a private file", () => {
  const small = newAnswer();
  small.append("é".repeat(128 * 1024));
  expect(small.finish().content_file).toBeUndefined();
  const large = newAnswer();
  large.append("é".repeat(128 * 1024));
  large.append("x");
  expect(large.finish()).toMatchObject({ content: "", content_file: { bytes: 256 * 1024 + 1 } });
});

it("is whole whatever the pieces, and begins anew after a reset", () => {
  const unit = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 20 }), fc.boolean(), fc.nat({ max: 20 }), (pieces, large, reset) => {
      const whole = `${pieces.slice(reset).join("")}${large ? "y".repeat(300_000) : ""}😀 end`;
      const answer = newAnswer();
      for (const piece of pieces.slice(0, reset)) answer.append(piece);
      answer.reset();
      // Cut anywhere, surrogate pairs included.
      for (let at = 0; at < whole.length; at += 9973) answer.append(whole.slice(at, at + 9973));
      expect(textOf(answer) === whole).toBe(true);
    }),
    { numRuns: 12 },
  );
});

it("can be replaced by the whole text in the end", () => {
  const answer = newAnswer();
  answer.append("z".repeat(400_000));
  answer.set("short");
  expect(textOf(answer)).toBe("short");
});

it.runIf(existsSync("/dev/full"))("stays in memory when the disk is full", () => {
  const full = join(dir, "full");
  symlinkSync("/dev/full", full);
  const answer = new Answer(() => full);
  const pieces = Array.from({ length: 10 }, (_, i) => String(i).repeat(100_000));
  for (const piece of pieces) answer.append(piece);
  expect(answer.isEmpty).toBe(false);
  expect(answer.finish()).toEqual({ content: pieces.join("") });
});

it("stays in memory when there is no place", () => {
  const answer = new Answer(() => join(dir, "no", "such", "directory"));
  answer.append("x".repeat(300_000));
  answer.append("y");
  expect(answer.finish()).toEqual({ content: `${"x".repeat(300_000)}y` });
});
